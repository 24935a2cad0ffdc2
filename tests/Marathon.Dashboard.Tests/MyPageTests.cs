using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Marathon.Contracts;
using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Marathon.Dashboard.Tests;

/// <summary>From the events of all services to a runner's page, over a real broker, a real database and HTTP.</summary>
public sealed class MyPageTests(Servers servers) : DashboardTests(servers)
{
    private static readonly string[] Streams = ["registrations", "payments", "deliveries", "notifications"];

    private readonly Story story = new();

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
        Assert.Equal("CANCELLED REFUNDED RETURNED", $"{page["status"]} {page["payStatus"]} {page["deliveryStatus"]}");
        Assert.Equal("15000 15000 7 123456789012", $"{page["refundDue"]} {page["refundedAmount"]} {page["bib"]} {page["trackingNumber"]}");
        Assert.All((string[])["receivedAt", "readyAt", "dispatchedAt", "deliveredAt", "deliveryEndedAt", "returnedAt"], at => Assert.NotNull(page[at]));
        Assert.Equal(["confirmed", "refunded"], page["messages"]!.AsArray().Select(message => (string)message!["kind"]!));
    }

    [Fact]
    public async Task FirstLook_MeetsNoTrouble()
    {
        using var logs = new Logs();
        using var logging = LoggerFactory.Create(logging => logging.AddProvider(logs));

        await new FirstLook(dashboard.Services.GetRequiredService<IServiceScopeFactory>(), logging.CreateLogger<FirstLook>()).StartAsync(CancellationToken.None);

        Assert.Empty(logs.Text);
    }

    [Fact]
    public async Task Page_WithItsKey_IsShownAndKeptNowhere()
    {
        await others.SendAsync([(story.Confirmed(), 1), (story.Told("confirmed", 1), 1)]);
        await dashboard.Database.AppliedAsync("registrations", 1, story.RegistrationId);
        await dashboard.Database.AppliedAsync("notifications", 1, story.RegistrationId);

        using var answer = await dashboard.MyPageAsync(story.TypedNumber, story.AccessKey);

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
            await RefusalAsync($"{story.Number}/qr.svg", "a wrong key"),
            await RefusalAsync($"{story.Number}/qr.svg", null),
            await RefusalAsync("M-NONE/qr.svg", story.AccessKey),
            await RefusalAsync($"{paidOnly.Number}/qr.svg", paidOnly.AccessKey),
        ];

        Assert.Contains("not-found", Assert.Single(answers.Distinct()), StringComparison.Ordinal);
    }

    /// <summary>Dashboard has not heard of it yet, or is behind.</summary>
    [Theory]
    [InlineData("", "Being looked up", "?lang=ko")]
    [InlineData("?new=registered", "You are registered", "?new=registered&amp;lang=ko")]
    [InlineData("?new=pending", "Payment pending", "?new=pending&amp;lang=ko")]
    public async Task Page_OfARegistrationThatThisBrowserHasOpened_IsWaitedFor(string query, string says, string link)
    {
        using var answer = await dashboard.PageAsync($"/mypage/{story.TypedNumber}{query}", story.AccessKey, $"M-0000-0000, {story.Number}");
        using var stranger = await dashboard.PageAsync($"/mypage/{story.Number}?new=registered", "a guess");

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.NotFound), (answer.StatusCode, stranger.StatusCode));
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains(says, page, StringComparison.Ordinal);
        Assert.Contains($"href=\"/mypage/{story.Number}{link}\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_WhenAKitThatCameBackIsSentAgain_ShowsItsLastWay()
    {
        IntegrationEvent[] firstWay = [story.Received(), story.Ready(), story.Dispatched(), story.Returned(20), story.Backordered(30)];
        IntegrationEvent[] secondWay = [story.Ready(40), story.Dispatched("987654321098", 50)];
        await others.SendAsync(firstWay.Select((told, i) => (told, i + 1)).Prepend((story.Confirmed(), 1)));
        await dashboard.Database.AppliedAsync("registrations", 1, story.RegistrationId);
        await dashboard.Database.AppliedAsync("deliveries", firstWay.Length, story.RegistrationId);
        Assert.Equal("BACKORDERED 123456789012 00:05 00:12 00:20", await WayAsync());

        await others.SendAsync(secondWay.Select((told, i) => (told, firstWay.Length + i + 1)));
        await dashboard.Database.AppliedAsync("deliveries", firstWay.Length + secondWay.Length, story.RegistrationId);
        Assert.Equal("DISPATCHED 987654321098 00:40 00:50 00:20", await WayAsync());

        async Task<string> WayAsync()
        {
            var page = JsonNode.Parse(await PageAsync(story))!;
            var times = ((string[])["readyAt", "dispatchedAt", "returnedAt"]).Select(at => ((DateTimeOffset)page[at]!).ToString("HH:mm", CultureInfo.InvariantCulture));
            return $"{page["deliveryStatus"]} {page["trackingNumber"]} {string.Join(' ', times)}";
        }
    }

    [Fact]
    public async Task Page_OfARunnerWhoCheckedIn_SaysSo_AndWhereTheKitIsAsBefore()
    {
        IntegrationEvent[] deliveries = [story.Received(), story.Ready(), story.PickedUp(), story.CheckedIn()];
        await others.SendAsync(deliveries.Select((told, i) => (told, i + 1)).Prepend((story.Confirmed(), 1)));
        await dashboard.Database.AppliedAsync("registrations", 1, story.RegistrationId);
        await dashboard.Database.AppliedAsync("deliveries", deliveries.Length, story.RegistrationId);

        var page = JsonNode.Parse(await PageAsync(story))!;

        Assert.Equal("PICKED_UP", (string?)page["deliveryStatus"]);
        Assert.Equal((story.PickedUp().At, story.CheckedIn().At), ((DateTimeOffset)page["pickedUpAt"]!, (DateTimeOffset)page["checkedInAt"]!));
        Assert.Equal(story.CheckedIn().At, (DateTimeOffset)page["asOf"]!);
    }

    [Fact]
    public async Task Page_WhileThePaymentTakesLonger_ShowsWhatIsPending_AndWhatCameOfIt()
    {
        await others.SendAsync([(story.AwaitingPayment(), 1), (story.Changed("XL"), 2)]);
        await dashboard.Database.AppliedAsync("registrations", 2, story.RegistrationId);
        Assert.Equal("HELD PAYMENT_PENDING Seoul Marathon 10K 20000 XL ", await ShownAsync());

        await others.SendAsync(story.Confirmed(), 3);
        await dashboard.Database.AppliedAsync("registrations", 3, story.RegistrationId);
        Assert.Equal($"REGISTERED COMPLETED Seoul Marathon 10K 20000 M {story.ConfirmedAt:O}", await ShownAsync());

        async Task<string> ShownAsync()
        {
            var page = JsonNode.Parse(await PageAsync(story))!;
            return $"{page["status"]} {page["payStatus"]} {page["raceName"]} {page["divisionName"]} {page["amount"]} {page["topSize"]} {(DateTimeOffset?)page["registeredAt"]:O}";
        }
    }

    [Fact]
    public async Task Message_IsAcceptedThenDeliveredOrFailed_OrFailsAtOnce_AndStaysWhereItWas()
    {
        SmsAccepted first = story.Told("confirmed", 1), second = story.Told("dispatched", 2);
        await others.SendAsync(
        [
            (story.Confirmed(), 1), (first, 1), (second, 2),
            (new SmsFailed { RegistrationId = story.RegistrationId, Number = story.Number, MessageId = Guid.CreateVersion7(), Kind = "delivered", Text = "never", Reason = "invalid-number", At = first.At.AddMinutes(5) }, 3),
            (new SmsFailed { RegistrationId = story.RegistrationId, Number = story.Number, MessageId = second.MessageId, Kind = second.Kind, Text = second.Text, Reason = "unreachable", At = first.At.AddMinutes(6) }, 4),
            (new SmsDelivered { RegistrationId = story.RegistrationId, Number = story.Number, MessageId = first.MessageId, At = first.At.AddMinutes(7) }, 5),
        ]);
        await dashboard.Database.AppliedAsync("registrations", 1, story.RegistrationId);
        await dashboard.Database.AppliedAsync("notifications", 5, story.RegistrationId);

        var page = JsonNode.Parse(await PageAsync(story))!;

        Assert.Equal(
            ["about confirmed DELIVERED ", "about dispatched FAILED unreachable", "never FAILED invalid-number"],
            page["messages"]!.AsArray().Select(message => $"{message!["text"]} {message["status"]} {message["reason"]}"));
        Assert.Equal(first.At.AddMinutes(7), (DateTimeOffset)page["asOf"]!);
    }

    [Fact]
    public async Task Message_ToASupplier_IsOnNobodysPage()
    {
        var (order, number) = (Guid.CreateVersion7(), "PO-000123");
        await others.SendAsync(
        [
            (story.Confirmed(), 1), (story.Told("confirmed", 1), 1),
            (new SmsAccepted { RegistrationId = order, Number = number, MessageId = Guid.CreateVersion7(), Kind = "inspected", Text = "to the supplier", At = DateTimeOffset.UtcNow }, 1),
        ]);
        await dashboard.Database.AppliedAsync("registrations", 1, story.RegistrationId);
        await dashboard.Database.AppliedAsync("notifications", 1, story.RegistrationId, order);

        Assert.Equal(await RefusalAsync("M-NONE", null), await RefusalAsync(number, story.AccessKey));
        Assert.Equal(["confirmed"], JsonNode.Parse(await PageAsync(story))!["messages"]!.AsArray().Select(message => (string)message!["kind"]!));
    }

    [Fact]
    public async Task Code_WithItsKey_IsADrawingOfTheNumber_AndKeptNowhere()
    {
        var other = new Story();
        await others.SendAsync([(story.Confirmed(), 1), (other.Confirmed(), 1)]);
        await dashboard.Database.AppliedAsync("registrations", 1, story.RegistrationId, other.RegistrationId);

        using var answer = await dashboard.GetAsync($"/mypage/{story.Number}/qr.svg", story.AccessKey);
        using var again = await dashboard.GetAsync($"/mypage/{story.Number.ToLowerInvariant()}/qr.svg", story.AccessKey);
        using var different = await dashboard.GetAsync($"/mypage/{other.Number}/qr.svg", other.AccessKey);

        Assert.Equal((HttpStatusCode.OK, "image/svg+xml"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.True(answer.Headers.CacheControl is { NoStore: true });
        var drawing = await answer.Content.ReadAsStringAsync();
        Assert.Equal("svg", XDocument.Parse(drawing).Root?.Name.LocalName);
        Assert.Equal(drawing, await again.Content.ReadAsStringAsync());
        Assert.NotEqual(drawing, await different.Content.ReadAsStringAsync());
    }

    private static IntegrationEvent[] Told(Story story, string stream) => stream switch
    {
        "registrations" => [story.Confirmed(), story.Changed(), story.Cancelled(refundDue: 15_000)],
        "payments" => [story.Paid(), story.Refunded(15_000)],
        "deliveries" => [story.Received(bib: 7), story.Backordered(), story.Ready(), story.Dispatched(), story.Delivered(), story.ReturnRequested(), story.Returned()],
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
