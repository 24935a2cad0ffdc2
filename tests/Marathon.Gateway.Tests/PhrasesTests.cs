using System.Text.RegularExpressions;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Gateway.Tests;

public sealed partial class PhrasesTests : IAsyncLifetime
{
    private GatewayHost gateway = null!;

    public async Task InitializeAsync() => gateway = await GatewayHost.StartAsync();

    public async Task DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public void Korean_HasTheValuesOfTheEnglish() => Assert.All(Phrases.Korean, phrase =>
        Assert.Equal(Value().Matches(phrase.Key).Select(value => value.Value).Order(), Value().Matches(phrase.Value).Select(value => value.Value).Order()));

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

    [GeneratedRegex(@"\{\d[^}]*\}")]
    private static partial Regex Value();
}
