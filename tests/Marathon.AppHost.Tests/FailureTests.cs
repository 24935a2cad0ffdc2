using System.Collections.Concurrent;
using System.Net;

namespace Marathon.AppHost.Tests;

/// <summary>Processes are killed while people register: what they were told stays true, and nothing is left lying about.</summary>
[Collection(WholeSystem.Name)]
public sealed class FailureTests(MarathonApplication marathon, ITestOutputHelper output)
{
    private Visitor Visitor => marathon.Visitor;

    [Theory]
    [InlineData("fulfilment")]
    [InlineData("notification")]
    [InlineData("dashboard")]
    [InlineData("kafka")]
    public async Task Registering_WhenWhatItDoesNotNeedIsKilled_GoesOnAndNothingIsLost(string resource)
    {
        var tickets = await RegisterDuringAsync(() => marathon.KillAndWaitUntilBackAsync(resource));
        output.WriteLine($"{tickets.Count} registered while {resource} was away");
        await Visitor.ToldEverythingAsync(tickets);
        await marathon.Books.BalanceAsync();
    }

    [Fact]
    public async Task Registering_WhenPaymentIsAway_KeepsThePlaceAndChargesOnceItIsBack()
    {
        await marathon.StopAsync("payment");
        var answers = new List<Answer>();
        for (var i = 0; i < 5; i++) answers.Add(await Visitor.RegisterAsync());
        await marathon.StartAsync("payment");

        Assert.All(answers, answer =>
        {
            Assert.Equal(HttpStatusCode.Accepted, answer.Status);
            Assert.Equal(("HELD", "PAYMENT_PENDING"), (answer.As<Ticket>().Status, answer.As<Ticket>().PayStatus));
            Assert.Equal($"/registrations/{answer.As<Ticket>().Number}", answer.Headers.Location?.ToString());
            Assert.NotNull(answer.Headers.RetryAfter);
            Assert.InRange(answer.Took, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        });
        output.WriteLine($"202 after {string.Join(", ", answers.Select(answer => $"{answer.Took.TotalMilliseconds:0}"))} ms");

        var tickets = answers.Select(answer => answer.As<Ticket>()).ToArray();
        foreach (var ticket in tickets)
        {
            await Eventually.GetAsync(async () =>
            {
                var now = await Visitor.GetAsync($"/registrations/{ticket.Number}", ticket.AccessKey);
                Assert.Equal((HttpStatusCode.OK, "REGISTERED"), (now.Status, now.As<Ticket>().Status));
                return now;
            });
            Assert.Equal(["payment COMPLETED 20000", "provider CAPTURED 20000"], await marathon.Books.MoneyOfAsync(ticket.RegisterId));
        }
        await Eventually.GetAsync(Visitor.RegisteredAsync);
        await Visitor.ToldEverythingAsync(tickets);
        await marathon.Books.BalanceAsync();
    }

    [Fact]
    public async Task Registering_WhenPaymentIsKilledInTheMiddle_IsChargedOnceOrNotAtAll()
    {
        var answers = await KillInTheMiddleAsync("payment");
        Assert.All(answers, answer => Assert.Contains(answer.Status, (HttpStatusCode[])[HttpStatusCode.Created, HttpStatusCode.Accepted]));
        Assert.Contains(answers, answer => answer.Status == HttpStatusCode.Accepted);
        await marathon.Books.BalanceAsync();
        Assert.Empty(await marathon.Books.NotRegisteredAsync(answers.Select(answer => answer.As<Ticket>().RegisterId)));
        await Eventually.GetAsync(Visitor.RegisteredAsync);
    }

    [Fact]
    public async Task Registering_WhenRegistrationIsKilledInTheMiddle_NothingStaysHeldAndTheBooksBalance()
    {
        var answers = await KillInTheMiddleAsync("registration");
        Assert.Contains(answers, answer => answer.Status != HttpStatusCode.Created);
        await marathon.Books.BalanceAsync();
        var told = answers.Where(answer => answer.Status == HttpStatusCode.Created).Select(answer => answer.As<Ticket>()).ToArray();
        Assert.Empty(await marathon.Books.NotRegisteredAsync(told.Select(ticket => ticket.RegisterId)));
        await Visitor.ToldEverythingAsync(told);
    }

    /// <summary>Fifty people register again and again until something goes wrong, so that there are always fifty on their way when it is killed.</summary>
    private async Task<IReadOnlyCollection<Answer>> KillInTheMiddleAsync(string resource)
    {
        const int People = 50;
        var answers = new ConcurrentQueue<Answer>();
        var back = new TaskCompletionSource();
        var registering = Task.WhenAll(Enumerable.Range(0, People).Select(async _ =>
        {
            Answer answer;
            do answers.Enqueue(answer = await Visitor.RegisterAsync());
            while (answer.Status == HttpStatusCode.Created && !back.Task.IsCompleted);
        }));
        await Eventually.TrueAsync(() => Task.FromResult(answers.Count >= People));
        await marathon.KillAndWaitUntilBackAsync(resource);
        back.SetResult();
        await registering;
        output.WriteLine(string.Join(", ", answers.GroupBy(answer => (int)answer.Status).OrderBy(group => group.Key).Select(group => $"{group.Count()} × {group.Key}")));
        return answers;
    }

    /// <summary>A few people register one after the other, before, while and after it happens.</summary>
    private async Task<IReadOnlyCollection<Ticket>> RegisterDuringAsync(Func<Task> happening)
    {
        const int People = 3, BeforeAndAfter = 5;
        var tickets = new ConcurrentQueue<Ticket>();
        using var over = new CancellationTokenSource();
        var registering = Task.WhenAll(Enumerable.Range(0, People).Select(async _ =>
        {
            while (!over.IsCancellationRequested) tickets.Enqueue(await Visitor.RegisteredAsync());
        }));
        try
        {
            await MoreAsync(BeforeAndAfter);
            await happening();
            await MoreAsync(BeforeAndAfter);
        }
        finally
        {
            await over.CancelAsync();
            await registering;
        }
        return tickets;

        Task MoreAsync(int count)
        {
            var wanted = tickets.Count + count;
            return Eventually.TrueAsync(() => Task.FromResult(tickets.Count >= wanted || registering.IsFaulted));
        }
    }
}
