using System.Text.Json;
using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http;

namespace Marathon.Gateway.Tests;

/// <summary>The dead letters of all services in one list. Of the five services, notification is dead.</summary>
public sealed class DeadLettersTests : IAsyncLifetime
{
    private static readonly string[] Names = ["registration", "payment", "fulfilment", "dashboard"];
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<string, Backend> services = [];
    private GatewayHost gateway = null!;
    private (string Name, string Value) organiser;

    public async Task InitializeAsync()
    {
        foreach (var (name, place) in Names.Select((name, place) => (name, place)))
        {
            services[name] = await Backend.StartAsync();
            services[name].Answer = context => context.Response.WriteAsJsonAsync(List(place));
        }
        gateway = await GatewayHost.StartAsync([.. services.Select(service => (service.Key, service.Value.Address)), ("notification", "http://127.0.0.1:1")]);
        organiser = await gateway.TokenAsync("organiser");
    }

    public async Task DisposeAsync()
    {
        await gateway.DisposeAsync();
        foreach (var service in services.Values) await service.DisposeAsync();
    }

    /// <summary>Three letters each, an hour apart, of 3 to 6 that a service has.</summary>
    private static object List(int place) => new
    {
        total = 3 + place, page = 1, size = 50,
        items = Enumerable.Range(0, 3).Select(back => new { id = 30 - back, state = "failed", parkedAt = Noon.AddMinutes(place).AddHours(-back) }),
    };

    private Task<HttpResponseMessage> SendAsync(string method, string path) => gateway.SendAsync(method, path, null, organiser);

    private async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await SendAsync("GET", path);
        Assert.Equal(200, (int)answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    /// <summary>The call a service got, once or, where its first answer took too long, again.</summary>
    private string AskedOf(string service) => Assert.Single(services[service].Requests.Select(asked => asked.Call).Distinct());

    private void AssertNobodyAsked() => Assert.All(services.Values, service => Assert.Empty(service.Requests));

    [Theory]
    [InlineData("GET", "/deadletters")]
    [InlineData("GET", "/deadletters?page=first")]
    [InlineData("GET", "/deadletters?size=0")]
    [InlineData("GET", "/deadletters/dashboard-17")]
    [InlineData("POST", "/deadletters/dashboard-17/replay")]
    [InlineData("POST", "/deadletters/dashboard-17/drop")]
    public async Task List_WithoutALogin_FindsNoFaultWithAQueryAndAsksNobody(string method, string path)
    {
        using var answer = await gateway.SendAsync(method, path);
        await answer.AssertProblemAsync(401, "unauthorized");
        using var guessed = await gateway.SendAsync(method, path, null, (ServiceCredential.Header, GatewayHost.Key));
        await guessed.AssertProblemAsync(401, "unauthorized");
        AssertNobodyAsked();
    }

    [Fact]
    public async Task List_OfAllServices_IsMerged_AndNamesTheOneThatIsDead()
    {
        var list = await GetAsync("/deadletters");

        Assert.Equal(3 + 4 + 5 + 6, list.GetProperty("total").GetInt64());
        Assert.Equal(["notification"], list.GetProperty("unavailable").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(
            ["dashboard-30", "fulfilment-30", "payment-30", "registration-30", "dashboard-29", "fulfilment-29", "payment-29", "registration-29",
                "dashboard-28", "fulfilment-28", "payment-28", "registration-28"],
            list.GetProperty("items").EnumerateArray().Select(letter => letter.GetProperty("id").GetString()));
        Assert.Equal("dashboard", list.GetProperty("items")[0].GetProperty("service").GetString());
        // More than once, where the first answer took too long.
        Assert.All(services.Values, service => Assert.NotEmpty(service.Requests));
        Assert.All(services.Values.SelectMany(service => service.Requests), asked => Assert.Equal(
            ("GET /deadletters?size=50", GatewayHost.Key, "organiser", "organiser"),
            (asked.Call, asked.Headers[ServiceCredential.Header], asked.Headers[CallerHeaders.Account], asked.Headers[CallerHeaders.Role])));
    }

    [Fact]
    public async Task List_OfALaterPage_IsTheRightPartOfTheWhole()
    {
        var list = await GetAsync("/deadletters?page=2&size=5&state=failed");

        Assert.Equal((2, 5), (list.GetProperty("page").GetInt32(), list.GetProperty("size").GetInt32()));
        Assert.Equal(["fulfilment-29", "payment-29", "registration-29", "dashboard-28", "fulfilment-28"],
            list.GetProperty("items").EnumerateArray().Select(letter => letter.GetProperty("id").GetString()));
        Assert.Equal("GET /deadletters?size=10&state=failed", AskedOf("payment"));
    }

    [Fact]
    public async Task List_OfOneService_AsksOnlyThat()
    {
        var list = await GetAsync("/deadletters?service=payment");

        Assert.Equal(4, list.GetProperty("total").GetInt64());
        Assert.Empty(list.GetProperty("unavailable").EnumerateArray());
        Assert.Equal("GET /deadletters?size=50", AskedOf("payment"));
        Assert.Empty(services["dashboard"].Requests);
    }

    [Theory]
    [InlineData("?service=gateway", "service")]
    [InlineData("?page=0", "page")]
    [InlineData("?size=0", "size")]
    [InlineData("?size=501", "size")]
    [InlineData("?page=11&size=50", "size")]
    [InlineData("?page=1000000&size=500", "size")]
    [InlineData("?page=2147483647&size=2", "page")]
    [InlineData("?service=x&page=-1", "page,service")]
    public async Task List_WhenTheQueryIsWrong_NamesTheFields(string query, string fields)
    {
        using var answer = await SendAsync("GET", "/deadletters" + query);

        await answer.AssertProblemAsync(422, "invalid");
        Assert.Equal(fields, string.Join(',', (await answer.ProblemAsync()).GetProperty("errors").EnumerateObject().Select(error => error.Name).Order()));
        AssertNobodyAsked();
    }

    [Fact]
    public async Task List_WhenTheServicesRefuseTheState_SaysSo()
    {
        foreach (var service in services.Values)
            service.Answer = context => Problems.Invalid(new Dictionary<string, FormattableString> { ["state"] = $"One of …" }).ExecuteAsync(context);

        using var answer = await SendAsync("GET", "/deadletters?state=a%26size=9");

        await answer.AssertProblemAsync(422, "invalid");
        Assert.Equal("GET /deadletters?size=50&state=a%26size%3D9", AskedOf("payment"));
    }

    [Theory]
    [InlineData("GET", "/deadletters/dashboard-17", "GET /deadletters/17")]
    [InlineData("POST", "/deadletters/dashboard-17/replay", "POST /deadletters/17/replay")]
    [InlineData("POST", "/deadletters/dashboard-17/drop", "POST /deadletters/17/drop")]
    public async Task Call_ForOneLetter_IsPassedOnToItsService(string method, string path, string expected)
    {
        services["dashboard"].Answer = context => context.Response.WriteAsJsonAsync(new { id = 17, outcome = "done" });

        using var answer = await SendAsync(method, path);

        Assert.Equal(200, (int)answer.StatusCode);
        var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(("dashboard-17", "done"), (body.GetProperty("id").GetString(), body.GetProperty("outcome").GetString()));
        Assert.Equal(expected, AskedOf("dashboard"));
        Assert.Empty(services["payment"].Requests);
    }

    [Fact]
    public async Task Command_WhenTheServiceRefuses_AnswersWhatTheServiceSays()
    {
        services["payment"].Answer = context => Problems.Problem(StatusCodes.Status409Conflict, "failed-again", "worse luck").ExecuteAsync(context);

        using var answer = await SendAsync("POST", "/deadletters/payment-3/replay");

        await answer.AssertProblemAsync(409, "failed-again");
        Assert.Equal("worse luck", (await answer.ProblemAsync()).GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Command_WhenTheServiceIsDead_IsUnavailable()
    {
        using var answer = await SendAsync("POST", "/deadletters/notification-3/replay");
        await answer.AssertProblemAsync(503, "unavailable");
    }

    [Theory]
    [InlineData("GET", "/deadletters/gateway-17")]
    [InlineData("POST", "/deadletters/accounts-17/replay")]
    [InlineData("GET", "/deadletters/17")]
    [InlineData("GET", "/deadletters/dashboard-x")]
    [InlineData("GET", "/deadletters/dashboard-17/replay/now")]
    [InlineData("POST", "/deadletters/dashboard-17/burn")]
    public async Task Call_WhenThereIsNoSuchLetter_IsNotFound(string method, string path)
    {
        using var answer = await SendAsync(method, path);
        await answer.AssertProblemAsync(404, "not-found");
        AssertNobodyAsked();
    }
}
