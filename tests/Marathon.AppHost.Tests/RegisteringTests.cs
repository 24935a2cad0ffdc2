using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Marathon.AppHost.Tests;

/// <summary>What a runner lives through, from the first request to the parcel.</summary>
[Collection(WholeSystem.Name)]
public sealed class RegisteringTests(MarathonApplication marathon, ITestOutputHelper output)
{
    private const string Number = "^M-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$";
    private static readonly string[] Left = ["DISPATCHED", "DELIVERED"];

    private Visitor Visitor => marathon.Visitor;

    [Fact]
    public async Task Register_WhenSentAsTheOriginalSystemsUsersDo_IsPaidDispatchedAndDelivered()
    {
        await Task.WhenAll(OriginalRequests().Take(2).Select(async request =>
        {
            var answer = await Visitor.SendAsync(HttpMethod.Post, request.Path, new StringContent(request.Body, Encoding.UTF8, "application/json"));
            Assert.Equal(HttpStatusCode.Created, answer.Status);
            var ticket = answer.As<Ticket>();
            Assert.Matches(Number, ticket.Number);
            Assert.True(ticket.AccessKey.Length >= 20, "An access key that can be guessed.");
            Assert.Equal(("REGISTERED", "COMPLETED"), (ticket.Status, ticket.PayStatus));

            var watch = Stopwatch.StartNew();
            var page = await Visitor.PageAsync(ticket, page =>
            {
                Assert.Equal(("REGISTERED", "COMPLETED"), (page.Status, page.PayStatus));
                Assert.NotNull(page.DeliveryStatus);
                Assert.NotEmpty(page.Messages);
            });
            output.WriteLine($"{ticket.Number}: 201 after {answer.Took.TotalMilliseconds:0} ms, everything on the page {watch.ElapsedMilliseconds} ms later");
            Assert.Contains(ticket.Number, page.Messages[0].Text, StringComparison.Ordinal);

            await Visitor.PageAsync(ticket, page =>
            {
                Assert.Contains(page.DeliveryStatus, Left);
                Assert.Contains("dispatched", page.Kinds);
            });
            await Visitor.PageAsync(ticket, page =>
            {
                Assert.Equal("DELIVERED", page.DeliveryStatus);
                Assert.Equal("confirmed dispatched delivered", string.Join(' ', page.Kinds));
            });
            output.WriteLine($"{ticket.Number}: delivered after {watch.Elapsed.TotalSeconds:0.0} s");
        }));
    }

    [Fact]
    public async Task Cancel_WhenTheKitIsStillHere_RefundsAndStopsTheDelivery()
    {
        var ticket = await Visitor.RegisteredAsync();
        var first = await Visitor.CancelAsync(ticket);
        Assert.Equal((HttpStatusCode.OK, "CANCELLED"), (first.Status, first.Body.GetProperty("status").GetString()));
        Assert.Equal(20000, first.Body.GetProperty("refundDue").GetInt32());

        await Visitor.PageAsync(ticket, page =>
        {
            Assert.Equal(("CANCELLED", "REFUNDED", "CANCELLED"), (page.Status, page.PayStatus, page.DeliveryStatus));
            Assert.Equal(["cancelled", "confirmed", "refunded"], page.Kinds.Order());
        });
        Assert.Equal(["payment REFUNDED 20000", "provider CAPTURED 0"], await marathon.Books.MoneyOfAsync(ticket.RegisterId));

        // By now the refund is known, so what is told may have moved on; from here on it stays.
        var second = await Eventually.GetAsync(async () =>
        {
            var answer = await Visitor.CancelAsync(ticket);
            Assert.Equal("REFUNDED", answer.Body.GetProperty("payStatus").GetString());
            return answer;
        });
        var third = await Visitor.SendAsync(HttpMethod.Patch, $"/registrations/cancel/{ticket.Number}", accessKey: ticket.AccessKey);
        Assert.Equal((HttpStatusCode.OK, second.Text), (third.Status, third.Text));
        foreach (var field in first.Body.EnumerateObject().Where(field => field.Name != "payStatus"))
            Assert.Equal(field.Value.ToString(), second.Body.GetProperty(field.Name).ToString());
        await marathon.Books.BalanceAsync();
    }

    [Fact]
    public async Task Cancel_WhenSentTwiceAtOnce_AnswersTheSame()
    {
        var ticket = await Visitor.RegisteredAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Visitor.CancelAsync(ticket)));
        Assert.All(answers, answer => Assert.Equal(
            (HttpStatusCode.OK, "CANCELLED", answers[0].Body.GetProperty("cancelledAt").ToString()),
            (answer.Status, answer.Body.GetProperty("status").GetString(), answer.Body.GetProperty("cancelledAt").ToString())));
        await Visitor.PageAsync(ticket, page => Assert.Equal(["cancelled", "confirmed", "refunded"], page.Kinds.Order()));
        await marathon.Books.BalanceAsync();
    }

    [Fact]
    public async Task OwnData_WhenKeyOrNumberIsWrong_IsRefusedAlike()
    {
        var ticket = await Visitor.RegisteredAsync();
        await Visitor.PageAsync(ticket, _ => { });
        var other = await Visitor.RegisteredAsync();
        (HttpMethod Method, string Before, string After)[] calls =
        [
            (HttpMethod.Get, "/registrations/", ""), (HttpMethod.Get, "/mypage/", ""), (HttpMethod.Post, "/registrations/", "/cancel"),
            (HttpMethod.Patch, "/registrations/cancel/", ""),
        ];
        foreach (var (method, before, after) in calls)
        {
            var wrongNumber = await Visitor.SendAsync(method, before + "M-0000-0000" + after, accessKey: ticket.AccessKey);
            Assert.Equal((HttpStatusCode.NotFound, "not-found"), (wrongNumber.Status, wrongNumber.Code));
            foreach (var key in (string?[])[other.AccessKey, "wrong", null])
            {
                var wrongKey = await Visitor.SendAsync(method, before + ticket.Number + after, accessKey: key);
                Assert.Equal((HttpStatusCode.NotFound, WithoutTrace(wrongNumber)), (wrongKey.Status, WithoutTrace(wrongKey)));
            }
        }
        Assert.Equal("REGISTERED", (await Visitor.PageAsync(ticket)).Status);

        static string WithoutTrace(Answer answer) =>
            JsonSerializer.Serialize(answer.Body.EnumerateObject().Where(field => field.Name != "traceId").ToDictionary(field => field.Name, field => field.Value));
    }

    [Fact]
    public async Task Register_WhenTheCardIsDeclined_IsAnswered402AndThePlaceReturns()
    {
        // The first of all may be told to wait: a process that has just begun takes longer over it than Registration waits for.
        await Eventually.GetAsync(DeclinedAsync);
        await marathon.Books.BalanceAsync();
        var before = await marathon.Books.CountAsync();
        var answer = await DeclinedAsync();
        Assert.Matches(Number, answer.Body.GetProperty("number").GetString());

        Assert.Equal((before.Registrations + 1, before.Taken), await marathon.Books.CountAsync());
        await Eventually.TrueAsync(async () => await Visitor.PlacesAsync() is var (remaining, capacity) && remaining == capacity - before.Taken, because: "The place is not offered again.");
        await marathon.Books.BalanceAsync();

        async Task<Answer> DeclinedAsync()
        {
            var declined = await Visitor.RegisterAsync(new Dictionary<string, object?>(Visitor.Runner()) { ["payment"] = new { token = "tok_declined" } });
            Assert.Equal((HttpStatusCode.PaymentRequired, "payment-declined", "application/problem+json"), (declined.Status, declined.Code, declined.ContentType));
            return declined;
        }
    }

    [Fact]
    public async Task Register_WhenSentAgainUnderTheSameKey_IsOneRegistrationAndOneAnswer()
    {
        var key = Guid.NewGuid().ToString();
        var first = await Visitor.RegisterAsync(idempotencyKey: key);
        var second = await Visitor.RegisterAsync(idempotencyKey: key);
        Assert.Equal((HttpStatusCode.Created, first.Text), (second.Status, second.Text));
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.Equal(1, await marathon.Books.CountAsync(key));

        var other = await Visitor.RegisterAsync(Visitor.Runner("somebody else"), key);
        Assert.Equal((HttpStatusCode.Conflict, "idempotency-key-reused"), (other.Status, other.Code));
        Assert.Equal(1, await marathon.Books.CountAsync(key));
    }

    [Fact]
    public async Task Register_WhenSentTwentyTimesAtOnceUnderTheSameKey_IsOneRegistration()
    {
        var key = Guid.NewGuid().ToString();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Visitor.RegisterAsync(idempotencyKey: key)));

        // One that arrives while the first is still being paid is told so; number and access key are the same.
        Assert.All(answers, answer => Assert.Contains(answer.Status, (HttpStatusCode[])[HttpStatusCode.Created, HttpStatusCode.Accepted]));
        var tickets = answers.Select(answer => answer.As<Ticket>()).ToArray();
        Assert.Single(tickets.Select(ticket => (ticket.RegisterId, ticket.Number, ticket.AccessKey)).Distinct());
        Assert.Single(answers.Where(answer => answer.Status == HttpStatusCode.Created).Select(answer => answer.Text).Distinct());
        output.WriteLine($"{answers.Count(answer => answer.Status == HttpStatusCode.Created)} × 201, {answers.Count(answer => answer.Status == HttpStatusCode.Accepted)} × 202");

        Assert.Equal(1, await marathon.Books.CountAsync(key));
        Assert.Equal(["payment COMPLETED 20000", "provider CAPTURED 20000"], await marathon.Books.MoneyOfAsync(tickets[0].RegisterId));
        var afterwards = await Visitor.RegisterAsync(idempotencyKey: key);
        Assert.Equal((HttpStatusCode.Created, tickets[0].Number), (afterwards.Status, afterwards.As<Ticket>().Number));
        await Visitor.ToldEverythingAsync([tickets[0]]);
    }

    /// <summary>Path and body of each, in the order of the file.</summary>
    private static IEnumerable<(string Path, string Body)> OriginalRequests()
    {
        var path = "";
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "requests.http")))
        {
            if (line.StartsWith("POST ", StringComparison.Ordinal)) path = new Uri(line["POST ".Length..]).AbsolutePath;
            else if (line.StartsWith('{')) yield return (path, line);
        }
    }
}
