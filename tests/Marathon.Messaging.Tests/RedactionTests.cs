using System.Text;
using Marathon.Contracts;

namespace Marathon.Messaging.Tests;

/// <summary>What is personal is taken out of stored events, and nothing else.</summary>
public class RedactionTests
{
    private static readonly RegistrationConfirmed Confirmed = new()
    {
        RegistrationId = Guid.CreateVersion7(), Number = "M-0000-0001", At = DateTimeOffset.UnixEpoch, RaceId = Guid.CreateVersion7(), RaceName = "봄 마라톤", RaceDate = new DateOnly(2027, 5, 20),
        DivisionId = Guid.CreateVersion7(), DivisionName = "10 km", Runner = new RunnerDetails("김러너", "010-1234-5678", "성남시 \"1\"", "100", "95", "ko"),
        Amount = 20_000, Currency = "KRW", AccessKeyHash = "n4bQ+/c=",
    };

    private static string? Redact(string payload) => Redaction.TryRedact(Encoding.UTF8.GetBytes(payload), out var redacted) ? Encoding.UTF8.GetString(redacted) : null;

    [Fact]
    public void Redact_OfAnEvent_TakesThePersonOutAndLeavesTheRest()
    {
        Assert.True(Redaction.TryRedact(EventCatalog.Serialize(Confirmed), out var redacted));

        Assert.Equal(Confirmed with { Runner = new RunnerDetails("", "", "", "100", "95", "ko") }, EventCatalog.Deserialize(typeof(RegistrationConfirmed), redacted));
        // As it would have been written of nobody.
        Assert.Equal(Encoding.UTF8.GetString(EventCatalog.Serialize(Confirmed with { Runner = new RunnerDetails("", "", "", "100", "95", "ko") })), Encoding.UTF8.GetString(redacted));
    }

    [Fact]
    public void Redact_WhenDoneAlready_FindsNothing()
    {
        Redaction.TryRedact(EventCatalog.Serialize(Confirmed), out var redacted);
        Assert.False(Redaction.TryRedact(redacted!, out _));
    }

    [Theory]
    [InlineData("""{"text":"to Kim","kind":"confirmed"}""", """{"text":"","kind":"confirmed"}""")]
    [InlineData("""[{"name":"Kim"},{"runner":{"name":"Kim","address":null,"topSize":"M"}}]""", """[{"name":""},{"runner":{"name":"","address":null,"topSize":"M"}}]""")]
    [InlineData("""{"name":["Kim"],"phoneNo":1012345678}""", """{"name":"","phoneNo":""}""")]
    [InlineData("""{"raceName":"Kim"}""", null)]
    [InlineData("null", null)]
    [InlineData("Kim", "")]
    [InlineData("""{"name":"","name":"Kim"}""", "")]
    [InlineData("", null)]
    public void Redact_OfAnything_LeavesNothingPersonal(string payload, string? expected) => Assert.Equal(expected, Redact(payload));
}
