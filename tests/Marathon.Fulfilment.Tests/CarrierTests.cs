using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Marathon.Testing;

namespace Marathon.Fulfilment.Tests;

/// <summary>What the carrier says of a parcel, and who else might say it. The signature is made here once more, as the carrier would make it by the description.</summary>
public sealed class CarrierTests(Servers servers) : IClassFixture<Servers>, IAsyncLifetime
{
    private readonly Story story = new();
    private readonly EventSource registration = servers.Others;
    private FulfilmentService fulfilment = null!;
    private string trackingNumber = "";

    public async Task InitializeAsync()
    {
        fulfilment = await FulfilmentService.StartAsync(servers);
        await fulfilment.RaceAsync(registration, pieces: 1, id: story.RaceId);
        await fulfilment.ConfirmAsync(registration, "READY", story);
        await fulfilment.DispatchAsync();
        trackingNumber = Assert.Single(await fulfilment.Database.RowsAsync("SELECT tracking_number FROM carrier_parcels"));
    }

    public Task DisposeAsync() => fulfilment.DisposeAsync().AsTask();

    private static string Sign(string body, string secret = FulfilmentService.CarrierSecret, TimeSpan age = default)
    {
        var at = (DateTimeOffset.UtcNow - age).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"t={at},v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(at + "." + body)))}";
    }

    private async Task<HttpStatusCode> CallBackAsync(string body, string? signature) => (await fulfilment.SendAsync(HttpMethod.Post, "/carriers/hanbit/callbacks", body, role: null, change: request =>
    {
        if (signature is not null) request.Headers.Add("X-Carrier-Signature", signature);
    })).Status;

    private string Report(string status, string? number = null) => $$"""{"trackingNumber":"{{number ?? trackingNumber}}","status":"{{status}}"}""";

    [Fact]
    public async Task CallBack_ThatAParcelHasArrived_DeliversTheKitOnceHoweverOftenItIsSaid()
    {
        var body = Report("DELIVERED");

        for (var times = 0; times < 3; times++) Assert.Equal(HttpStatusCode.NoContent, await CallBackAsync(body, Sign(body)));

        Assert.Equal(["1 register-master-received", "2 goods-ready", "3 goods-dispatched", "4 goods-delivered"], await fulfilment.Database.ToldAsync(story.RegistrationId));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task CallBack_ThatAParcelHasComeBack_LetsItsKitWaitAgainAndIsNotSaidOfTheNextParcel()
    {
        var body = Report("RETURNED");

        Assert.Equal(HttpStatusCode.NoContent, await CallBackAsync(body, Sign(body)));
        Assert.Equal(HttpStatusCode.NoContent, await CallBackAsync(body, Sign(body)));
        Assert.Equal("READY", await fulfilment.StatusAsync(story));
        await fulfilment.DispatchAsync();

        Assert.Equal(HttpStatusCode.NotFound, await CallBackAsync(body, Sign(body)));
        Assert.Equal("DISPATCHED", await fulfilment.StatusAsync(story));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task CallBack_OfAParcelWithTheKitsOfAFamily_IsOfAllOfThem()
    {
        var (parent, child) = (new Story(story.RaceId), new Story(story.RaceId));
        foreach (var item in new[] { "TOP", "BOTTOM" })
            foreach (var size in new[] { "M", "L" }) await fulfilment.StockAsync(story.RaceId, item, size, 2);
        await fulfilment.ConfirmAsync(registration, "READY", parent, child);
        foreach (var each in new[] { parent, child }) await fulfilment.StepAsync(each, "dispatch", new { carrier = "Hanbit Parcel", trackingNumber = "77" });
        var body = Report("DELIVERED", "77");

        Assert.Equal(HttpStatusCode.NoContent, await CallBackAsync(body, Sign(body)));

        foreach (var each in new[] { parent, child }) Assert.Equal("DELIVERED", await fulfilment.StatusAsync(each));
        Assert.Equal("DISPATCHED", await fulfilment.StatusAsync(story));
        Assert.Equal(["carrier"], await fulfilment.Database.RowsAsync("SELECT DISTINCT actor FROM audit WHERE aggregate_id = ANY ($1) AND action LIKE '%delivered%'", new[] { parent.RegistrationId, child.RegistrationId }));
    }

    [Fact]
    public async Task CallBack_WhoseSignatureIsNotRight_ChangesNothing()
    {
        var body = Report("DELIVERED");
        var signatures = new Dictionary<string, string?>
        {
            ["missing"] = null,
            ["of another secret"] = Sign(body, "another"),
            ["of another body"] = Sign(Report("RETURNED")),
            ["too old"] = Sign(body, age: TimeSpan.FromMinutes(6)),
            ["of the future"] = Sign(body, age: TimeSpan.FromMinutes(-6)),
            ["empty"] = "",
            ["of nothing"] = "t=,v1=",
            ["without a signature"] = "t=1764000000",
            ["of no time"] = "t=99999999999999999999,v1=00",
            ["the wrong way round"] = "v1=00,t=1764000000",
        };

        foreach (var (how, signature) in signatures)
            Assert.True(await CallBackAsync(body, signature) is HttpStatusCode.Unauthorized, how);

        Assert.Equal("DISPATCHED", await fulfilment.StatusAsync(story));
    }

    [Fact]
    public async Task CallBack_WhenThereIsNoSecret_IsNeverTaken()
    {
        await using var careless = await FulfilmentService.StartAsync(servers, settings: [("Fulfilment:Carrier:Secret", "")]);
        var body = Report("DELIVERED");

        Assert.Equal(HttpStatusCode.Unauthorized, (await careless.SendAsync(HttpMethod.Post, "/carriers/hanbit/callbacks", body, change: request => request.Headers.Add("X-Carrier-Signature", Sign(body, "")))).Status);
    }

    [Fact]
    public async Task CallBack_OfAParcelThatNobodyHas_IsNotFound()
    {
        var body = Report("DELIVERED", "000000000000");

        Assert.Equal(HttpStatusCode.NotFound, await CallBackAsync(body, Sign(body)));
    }

    [Fact]
    public async Task CallBack_ThatSaysNothingKnown_IsInvalid()
    {
        string[] bodies = ["", "null", "not JSON", """{"status":"DELIVERED"}""", """{"trackingNumber":"1","status":"LOST"}""", """{"trackingNumber":"\u0000","status":"DELIVERED"}"""];

        foreach (var body in bodies) Assert.True(await CallBackAsync(body, Sign(body)) is HttpStatusCode.UnprocessableEntity, body);
    }
}
