using Marathon.Contracts;

namespace Marathon.Messaging.Tests;

public class EventCatalogTests
{
    [Fact]
    public void Name_OfAnEvent_IsItsStreamAndItsNameInKebabCase() =>
        Assert.Equal("marathon.registrations.registration-confirmed.v1", EventCatalog.Name(typeof(RegistrationConfirmed)));

    [Fact]
    public void Names_AreDifferent() => Assert.Distinct(EventCatalog.Types.Select(EventCatalog.Name));

    [Fact]
    public void Serialize_ReadsBack_AndLeavesTheKeyOut()
    {
        var told = new PaymentRefunded { RegistrationId = Guid.CreateVersion7(), Number = "M-0000-0001", Amount = 20_000, Currency = "KRW", At = DateTimeOffset.UnixEpoch };
        var payload = EventCatalog.Serialize(told);
        Assert.Equal(told, EventCatalog.Deserialize(typeof(PaymentRefunded), payload));
        Assert.DoesNotContain("aggregateId", System.Text.Encoding.UTF8.GetString(payload));
    }
}
