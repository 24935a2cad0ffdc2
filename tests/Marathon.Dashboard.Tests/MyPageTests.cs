using System.Net;
using System.Text.Json.Nodes;
using Marathon.Contracts;
using Marathon.Testing;

namespace Marathon.Dashboard.Tests;

/// <summary>From the events of all services to a runner's page, over a real broker, a real database and HTTP.</summary>
[Collection(nameof(Servers))]
public sealed class MyPageTests(Servers servers) : IAsyncLifetime
{
    private static readonly string[] Streams = ["registrations", "payments", "deliveries", "notifications"];

    private readonly Story story = new();
    private DashboardService dashboard = null!;
    private EventSource others = null!;

    public async Task InitializeAsync()
    {
        dashboard = DashboardService.Start(servers, await servers.CreateDatabaseAsync());
        others = new EventSource(servers.Kafka);
    }

    public async Task DisposeAsync()
    {
        others.Dispose();
        await dashboard.DisposeAsync();
    }

    [Fact]
    public async Task Page_InEveryOrderOfTheFourStreams_IsTheSame()
    {
        var tellings = Permutations([.. Streams]).Select(order => (Story: new Story(story.RaceId), Order: order)).ToArray();

        // All stories side by side: of each, the first of its streams, then the second …, each only when the one before has been applied.
        for (var turn = 0; turn < Streams.Length; turn++)
        {
            await others.SendAsync(tellings.SelectMany(telling => Told(telling.Story, telling.Order[turn]).Select((told, i) => (told, i + 1))));
            foreach (var stream in tellings.GroupBy(telling => telling.Order[turn]))
                await dashboard.Database.AppliedAsync(stream.Key, Told(story, stream.Key).Length, [.. stream.Select(telling => telling.Story.RegistrationId)]);
        }

        var pages = new List<string>();
        foreach (var (each, _) in tellings) pages.Add(await PageAsync(each));
        Assert.Equal(24, pages.Count);
        var page = JsonNode.Parse(Assert.Single(pages.Distinct()))!;
        Assert.Equal("CANCELLED REFUNDED RETURN_REQUESTED", $"{page["status"]} {page["payStatus"]} {page["deliveryStatus"]}");
        Assert.Equal("15000 15000 7 123456789012", $"{page["refundDue"]} {page["refundedAmount"]} {page["bib"]} {page["trackingNumber"]}");
        Assert.Equal(["confirmed", "refunded"], page["messages"]!.AsArray().Select(message => (string)message!["kind"]!));
    }

    [Fact]
    public async Task Page_WithItsKey_IsShownAndKeptNowhere()
    {
        await others.SendAsync([(story.Confirmed(), 1), (story.Told("confirmed", 1), 1)]);
        await dashboard.Database.AppliedAsync("registrations", 1, story.RegistrationId);
        await dashboard.Database.AppliedAsync("notifications", 1, story.RegistrationId);

        using var answer = await dashboard.MyPageAsync(story.Number.ToLowerInvariant(), story.AccessKey);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Headers.CacheControl is { NoStore: true });
        var page = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal(story.Number, (string?)page["number"]);
        Assert.Equal("about confirmed", (string?)page["messages"]![0]!["text"]);
    }

    [Fact]
    public async Task Page_WithoutItsKey_IsNotFoundAsIfThereWereNone()
    {
        var paidOnly = new Story();
        await others.SendAsync([(story.Confirmed(), 1), (paidOnly.Paid(), 1)]);
        await dashboard.Database.AppliedAsync("registrations", 1, story.RegistrationId);
        await dashboard.Database.AppliedAsync("payments", 1, paidOnly.RegistrationId);

        string[] answers =
        [
            await RefusalAsync(story.Number, "a wrong key"),
            await RefusalAsync(story.Number, new Story().AccessKey),
            await RefusalAsync(story.Number, null),
            await RefusalAsync("M-NONE", story.AccessKey),
            await RefusalAsync("M-NONE", null),
            await RefusalAsync(paidOnly.Number, paidOnly.AccessKey),
        ];

        Assert.Contains("not-found", Assert.Single(answers.Distinct()), StringComparison.Ordinal);
    }

    private static IntegrationEvent[] Told(Story story, string stream) => stream switch
    {
        "registrations" => [story.Confirmed(), story.Changed(), story.Cancelled(refundDue: 15_000)],
        "payments" => [story.Paid(), story.Refunded(15_000)],
        "deliveries" => [story.Received(bib: 7), story.Dispatched(), story.Delivered(), story.ReturnRequested()],
        _ => [story.Told("confirmed", 1), story.Told("refunded", 21)],
    };

    private static IEnumerable<string[]> Permutations(string[] streams) => streams.Length == 1 ? [streams]
        : streams.SelectMany(first => Permutations([.. streams.Except([first])]).Select(rest => (string[])[first, .. rest]));

    /// <summary>The page without what names this very story.</summary>
    private async Task<string> PageAsync(Story of)
    {
        using var answer = await dashboard.MyPageAsync(of.Number, of.AccessKey);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var page = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();
        foreach (var own in (string[])["number", "registerId", "phoneNo"]) Assert.True(page.Remove(own));
        foreach (var message in page["messages"]!.AsArray()) Assert.True(message!.AsObject().Remove("messageId"));
        return page.ToJsonString();
    }

    /// <summary>Everything that a stranger sees of a refusal, but the name of the request itself.</summary>
    private async Task<string> RefusalAsync(string number, string? key)
    {
        using var answer = await dashboard.MyPageAsync(number, key);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();
        body.Remove("traceId");
        return $"{answer.StatusCode} {answer.Headers}{answer.Content.Headers.ContentType} {body.ToJsonString()}";
    }
}
