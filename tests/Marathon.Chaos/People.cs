using System.Collections.Concurrent;

namespace Marathon.Chaos;

/// <summary>
/// People who register, with and without an idempotency key, in races that sell out and in others, with cards that are good and cards that are not; who ask
/// again when they were not told, press twice, change their size, look at their page, and cancel.
/// </summary>
internal sealed class People(Gate gate, IReadOnlyList<(Guid RaceId, Guid DivisionId)?> races, int seed)
{
    private const int Tries = 8;
    private static readonly TimeSpan PauseBeforeAgain = TimeSpan.FromMilliseconds(400), LongestBeforePage = TimeSpan.FromSeconds(2);
    /// <summary>Of the races that are not there from the beginning. Not a round sum: what is paid back of it is rounded.</summary>
    public const int Fee = 19_999;

    private static readonly string[] Sizes = ["100", "105", "110"];
    private static readonly string?[] Tokens = [null, "tok_visa", "tok_transfer", Runner.DeclinedToken];

    private readonly ConcurrentQueue<Runner> runners = [];
    private int last;

    public IReadOnlyCollection<Runner> Runners => runners;

    /// <summary>So many at the same time, one runner after the other, until it is over.</summary>
    public Task RegisterAsync(int clients, TimeSpan longestPause, CancellationToken over) => Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
    {
        var random = new Random(seed * 1000 + client);
        while (!over.IsCancellationRequested)
        {
            await RunAsync(random, over);
            await Task.Delay(longestPause * random.NextDouble(), CancellationToken.None);
        }
    }, CancellationToken.None)));

    private async Task RunAsync(Random random, CancellationToken over)
    {
        var person = Interlocked.Increment(ref last);
        var runner = new Runner(
            Planted.Number(person), random.NextDouble() < 0.7 ? $"{seed}-{person}" : null, Tokens[random.Next(Tokens.Length)]);
        var race = races[random.Next(races.Count)];
        var body = Body(runner, race, Sizes[0]);
        runners.Enqueue(runner);

        var pressesTwice = runner.Key is not null && random.NextDouble() < 0.1;
        await Task.WhenAll(RegisterAsync(runner, body), pressesTwice ? RegisterAsync(runner, body) : Task.CompletedTask);
        // Who asked under a key may ask until they know.
        for (var tried = 1; runner.Key is not null && tried < Tries && !runner.Registering.Any(call => call.IsDecided); tried++)
        {
            await Task.Delay(PauseBeforeAgain, CancellationToken.None);
            await RegisterAsync(runner, body);
        }
        if (runner.Key is not null && runner.Registering.Any(call => call.IsDecided && call.Number is not null))
        {
            if (random.NextDouble() < 0.1) await RegisterAsync(runner, body);
            if (random.NextDouble() < 0.05) runner.Misused = (await gate.AskAsync("misuse", HttpMethod.Post, "/registrations", Body(runner, race, Sizes[1]), idempotencyKey: runner.Key)).Call;
        }
        if (runner.AccessKey is null || over.IsCancellationRequested) return;

        if (random.NextDouble() < 0.3) await LookAsync(runner);
        if (random.NextDouble() < 0.2) await ChangeAsync(runner, Sizes[1 + random.Next(2)]);
        if (random.NextDouble() < 0.2)
        {
            // At once it is seldom known there.
            await Task.Delay(LongestBeforePage * random.NextDouble(), CancellationToken.None);
            await gate.AskAsync("page", HttpMethod.Get, $"/mypage/{runner.Number}", accessKey: runner.AccessKey);
        }
        if (random.NextDouble() < 0.05) await gate.AskAsync("find", HttpMethod.Post, "/registrations/find", new { phoneNo = runner.PhoneNo });
        if (random.NextDouble() < 0.4) await CancelAsync(runner, twice: random.NextDouble() < 0.3);
    }

    private async Task RegisterAsync(Runner runner, object body)
    {
        var (call, answer) = await gate.AskAsync("register", HttpMethod.Post, "/registrations", body, idempotencyKey: runner.Key);
        runner.Registering.Enqueue(call);
        runner.Number ??= call.Number;
        runner.AccessKey ??= Gate.Text(answer, "accessKey");
    }

    private async Task LookAsync(Runner runner)
    {
        var (call, _) = await gate.AskAsync("read", HttpMethod.Get, $"/registrations/{runner.Number}", accessKey: runner.AccessKey);
        runner.ToldUnknown |= call.Status == 404;
    }

    private async Task ChangeAsync(Runner runner, string topSize)
    {
        var (call, _) = await gate.AskAsync("change", HttpMethod.Patch, $"/registrations/{runner.Number}", new { topSize }, runner.AccessKey);
        runner.TopSize = call.Status == 200 ? topSize : null;
    }

    private async Task CancelAsync(Runner runner, bool twice)
    {
        runner.AskedToCancel = true;
        for (var tried = 0; tried < (twice ? 2 : 1); tried++)
        {
            var (call, answer) = await gate.AskAsync("cancel", HttpMethod.Post, $"/registrations/{runner.Number}/cancel", accessKey: runner.AccessKey);
            if (call.Status != 200 || Gate.Text(answer, "status") != "CANCELLED") continue;
            runner.ToldCancelled = true;
            // Of what was never confirmed nothing is due: whatever was charged for it nevertheless goes back whole.
            runner.ToldKept.Enqueue(Gate.Text(answer, "registeredAt") is null ? 0 : Gate.Whole(answer, "amount") - Gate.Whole(answer, "refundDue"));
        }
    }

    private static Dictionary<string, object?> Body(Runner runner, (Guid RaceId, Guid DivisionId)? race, string topSize)
    {
        var body = new Dictionary<string, object?>
        {
            ["name"] = runner.Person.Name, ["phoneNo"] = runner.PhoneNo, ["address"] = runner.Person.Address, ["topSize"] = topSize, ["bottomSize"] = "100", ["amount"] = race is null ? 20_000 : Fee,
        };
        if (race is (var raceId, var divisionId)) (body["raceId"], body["divisionId"]) = (raceId, divisionId);
        if (runner.Token is { } token) body["payment"] = new { token };
        return body;
    }
}
