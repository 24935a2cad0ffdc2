using System.Net;

namespace Marathon.AppHost.Tests;

/// <summary>There is one way in, and it leads to the public calls only.</summary>
[Collection(WholeSystem.Name)]
public sealed class EntranceTests(MarathonApplication marathon)
{
    private const string SomeId = "0193a5a0-0000-7000-8000-00000000ffff";

    [Theory]
    [InlineData("POST", "/charges")]
    [InlineData("GET", "/charges/" + SomeId)]
    [InlineData("POST", "/charges/" + SomeId + "/void")]
    [InlineData("GET", "/payment/charges/" + SomeId)]
    [InlineData("GET", "/registrations/../charges/" + SomeId)]
    [InlineData("GET", "/registrations/..%2Fcharges/" + SomeId)]
    [InlineData("GET", "/payment/alive")]
    [InlineData("GET", "/registration/alive")]
    [InlineData("GET", "/registration/health")]
    [InlineData("GET", "/dashboard/health")]
    [InlineData("GET", "/openapi/gateway.json")]
    [InlineData("GET", "/openapi/v1.json")]
    [InlineData("GET", "/metrics")]
    public async Task Gateway_WhenTheCallIsNotPublic_KnowsNothingOfIt(string method, string path)
    {
        var answer = await marathon.Visitor.SendAsync(new HttpMethod(method), path, method == "POST" ? Visitor.Json(new { registrationId = SomeId }) : null);
        Assert.Equal((HttpStatusCode.NotFound, "not-found", "application/problem+json"), (answer.Status, answer.Code, answer.ContentType));
    }

    [Theory]
    [InlineData("/races")]
    [InlineData("/openapi/registration.json")]
    [InlineData("/openapi/payment.json")]
    [InlineData("/openapi/dashboard.json")]
    [InlineData("/docs")]
    [InlineData("/health")]
    public async Task Gateway_WhenTheCallIsPublic_AnswersIt(string path) =>
        Assert.Equal(HttpStatusCode.OK, (await marathon.Visitor.GetAsync(path)).Status);

    [Theory]
    [InlineData("registration", "GET", "/races")]
    [InlineData("registration", "POST", "/registrations")]
    [InlineData("payment", "POST", "/charges")]
    [InlineData("payment", "POST", "/charges/" + SomeId + "/void")]
    [InlineData("fulfilment", "GET", "/")]
    [InlineData("notification", "GET", "/")]
    [InlineData("dashboard", "GET", "/mypage/M-0000-0000")]
    [InlineData("dashboard", "GET", "/openapi/v1.json")]
    public async Task Service_WhenAskedWithoutTheServicesCredential_Refuses(string service, string method, string path)
    {
        using var http = marathon.CreateHttpClient(service);
        foreach (var credential in (string?[])[null, "", "wrong"])
        {
            http.DefaultRequestHeaders.Remove("X-Marathon-Service-Key");
            if (credential is not null) http.DefaultRequestHeaders.Add("X-Marathon-Service-Key", credential);
            var answer = await new Visitor(http).SendAsync(new HttpMethod(method), path, method == "POST" ? Visitor.Json(Visitor.Runner()) : null);
            Assert.Equal((HttpStatusCode.Unauthorized, "unauthorized", "application/problem+json"), (answer.Status, answer.Code, answer.ContentType));
        }
    }

    [Fact]
    public async Task Gateway_WhenAnOutsiderPresentsACredential_DoesNotPassItOn()
    {
        using var http = marathon.CreateHttpClient("gateway");
        http.DefaultRequestHeaders.Add("X-Marathon-Service-Key", "wrong");
        Assert.Equal(HttpStatusCode.OK, (await new Visitor(http).GetAsync("/races")).Status);
    }
}
