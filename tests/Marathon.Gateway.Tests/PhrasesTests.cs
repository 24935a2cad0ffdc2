using System.Text.RegularExpressions;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Gateway.Tests;

public sealed partial class PhrasesTests : IAsyncLifetime
{
    /// <summary>Where nobody speaks but to services and providers, which go by codes.</summary>
    private static readonly string[] ForServices = ["ChargeEndpoints.cs", "SolapiWebhook.cs", "ServiceCredential.cs"];

    private GatewayHost gateway = null!;

    public async Task InitializeAsync() => gateway = await GatewayHost.StartAsync();

    public async Task DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public void Korean_HasTheValuesOfTheEnglish() => Assert.All(Phrases.Korean, phrase =>
        Assert.Equal(Value().Matches(phrase.Key).Select(value => value.Value).Order(), Value().Matches(phrase.Value).Select(value => value.Value).Order()));

    /// <summary>What is no longer said is not kept, either: there it is easily taken for what is.</summary>
    [Fact]
    public void Korean_HasWhateverIsSaid_AndNothingElse()
    {
        var said = Documents.Sources("services").Concat(Documents.Sources("Marathon.ServiceDefaults")).Where(file => !ForServices.Contains(file.Name)).SelectMany(file => Said(file.Text)).ToHashSet();

        Assert.Empty(said.Except(Phrases.Korean.Keys));
        Assert.Empty(Phrases.Korean.Keys.Except(said));
    }

    [Fact]
    public void Said_IsFoundInEachWayInWhichItIsHandedOn() => Assert.Equal(
        ["is 1", "is {0}", "is {0:yyyy}", "is three", "It is {0}.", "It was {0}, {1}.", "It is plain.", "It is nowhere."],
        Said("""
            errors[$"lines[{at}].item"] = $"is 1"; checks.Fail("field", $"is {string.Join(", ", all)}"); Fail(field, $"is {race.Date:yyyy}"); _ => (FormattableString)$"is three";
            ProblemWith(409, "wrong-state", is ? $"It is {state}." : $"It was {state}, {at[0]}.", With(("state", state)));
            Problem(409, "wrong-state",
                "It is plain."); NotFound("It is nowhere."); path["key"] = $"{elsewhere} {at}";
            """));

    [Theory]
    [InlineData(null, "잘못된 항목이 있습니다. 고쳐서 다시 보내 주세요.", "필수 항목이고, 100자를 넘을 수 없습니다")]
    [InlineData("ko-KR,ko;q=0.9,en;q=0.8", "잘못된 항목이 있습니다. 고쳐서 다시 보내 주세요.", "필수 항목이고, 100자를 넘을 수 없습니다")]
    [InlineData("en", "Some fields are wrong. Correct them and send the request again.", "is required, with at most 100 characters")]
    public async Task WrongFields_AreToldInTheCallersLanguage(string? language, string detail, string name)
    {
        using var refused = await gateway.SendAsync("POST", "/login", Calling.Json("{}"), language is null ? [] : [("Accept-Language", language)]);

        var problem = await refused.ProblemAsync();
        Assert.Equal((422, "invalid"), ((int)refused.StatusCode, problem.GetProperty("code").GetString()));
        Assert.Equal((detail, name), (problem.GetProperty("detail").GetString(), problem.GetProperty("errors").GetProperty("name").GetString()));
    }

    [Fact]
    public async Task WrongFields_ToWhoeverWantsNoJson_AreStillTold()
    {
        using var refused = await gateway.SendAsync("POST", "/login", Calling.Json("{}"), ("Accept", "text/html"));

        Assert.Equal("is required, with at most 100 characters", (await refused.ProblemAsync()).GetProperty("errors").GetProperty("name").GetString());
    }

    /// <summary>What a source says is wrong with fields, and why it refuses, as <see cref="Phrases"/> has it.</summary>
    private static IEnumerable<string> Said(string source) =>
        OfFields().Matches(source).Concat(WithValues().Matches(source).SelectMany(call => Valued().Matches(call.Value))).Select(said => Format(said.Groups["said"].Value))
            .Concat(Plain().Matches(source).Select(said => said.Groups["said"].Value));

    private static string Format(string interpolated)
    {
        var at = 0;
        return Hole().Replace(interpolated, hole => $"{{{at++}{hole.Groups["format"].Value}}}");
    }

    // Of C#: a value in an interpolated text, such a text, and a plain one.
    private const string ValueThere = """\{(?:[^{}"]|"[^"]*")*?(?<format>:[A-Za-z][\w:-]*)?\}""";
    private const string ValuedText = "\\$\"(?<said>(?:[^\"{}]|" + ValueThere + ")*)\"";
    private const string PlainText = "(?<!\\$)\"(?<said>[^\"]*)\"";

    /// <summary>As it begins in the middle of a sentence, whose subject is the field.</summary>
    [GeneratedRegex("""(?:\] = |\bFail\(.+?, |\(FormattableString\))(?=\$"[a-z])""" + ValuedText)]
    private static partial Regex OfFields();

    [GeneratedRegex("""\bProblemWith\((?:""" + ValuedText + """|"[^"]*"|[^";])*""")]
    private static partial Regex WithValues();

    [GeneratedRegex(ValuedText)]
    private static partial Regex Valued();

    [GeneratedRegex("""(?:\bProblem\([^";]*"[a-z-]+",\s*|\bNotFound\(|\bstring detail = )""" + PlainText)]
    private static partial Regex Plain();

    [GeneratedRegex(ValueThere)]
    private static partial Regex Hole();

    [GeneratedRegex(@"\{\d[^}]*\}")]
    private static partial Regex Value();
}
