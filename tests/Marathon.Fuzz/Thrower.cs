using System.Collections.Concurrent;
using System.Text.Json;
using Marathon.Chaos;

namespace Marathon.Fuzz;

/// <summary>Throws requests at a gateway, notes what is wrong with the answers, and who was told of which registration.</summary>
internal sealed class Thrower(Uri gateway, IReadOnlyList<PublicCall> calls, Knowledge known, int seed)
{
    private readonly ConcurrentQueue<string> violations = [];
    private readonly ConcurrentDictionary<string, int> answers = [];
    private long longest;
    private int late;

    public IReadOnlyCollection<string> Violations => violations;

    /// <summary>How often each status was the answer.</summary>
    public IReadOnlyDictionary<string, int> Answers => answers;

    /// <summary>Answers that came too late on a machine that had too much to do; no violations.</summary>
    public int Late => late;

    public TimeSpan Longest => TimeSpan.FromTicks(Interlocked.Read(ref longest));

    /// <summary>The <paramref name="number"/>th request of the seed. Which registration or race it is about depends on what was answered before.</summary>
    public RawRequest Request(int number)
    {
        var random = new Random(unchecked(seed * 1_000_003 + number));
        var request = Samples.Of(calls[number % calls.Count], number, known, random);
        Mutations.Apply(request, random);
        return request;
    }

    /// <summary>A request that is right.</summary>
    public RawRequest Untouched(PublicCall call, int number) => Samples.Of(call, number, known, new Random(number));

    /// <summary>Asks everything once: what a process that has just started takes for its first answer is not what is looked at here.</summary>
    public async Task WarmUpAsync()
    {
        foreach (var call in calls.Where(call => call.Method == "GET")) await Wire.AskAsync(gateway, Untouched(call, 0), Verdict.Deadline * 2, call.IsStream);
    }

    /// <param name="clients">Requests at a time.</param>
    public Task ThrowAsync(int from, int count, int clients) => Parallel.ForEachAsync(
        Enumerable.Range(from, count), new ParallelOptions { MaxDegreeOfParallelism = clients }, async (number, _) => await ThrowAsync(Request(number), calls[number % calls.Count].IsStream));

    /// <summary>What is wrong with its answer, or null.</summary>
    public async Task<string?> ThrowAsync(RawRequest request, bool isStream = false)
    {
        var answer = await Wire.AskAsync(gateway, request, Verdict.Deadline + TimeSpan.FromSeconds(1), isStream);
        answers.AddOrUpdate(answer.Status is { } status ? $"{status}" : "closed", 1, (_, count) => count + 1);
        for (var before = Longest.Ticks; answer.Took.Ticks > before && Interlocked.CompareExchange(ref longest, answer.Took.Ticks, before) != before;) before = Longest.Ticks;
        Note(answer);
        if (Verdict.Of(request, answer) is not { } wrong) return null;
        if (Verdict.IsOfTime(answer) && Crowding.Now() > Crowding.TooMuch)
        {
            Interlocked.Increment(ref late);
            return null;
        }
        violations.Enqueue($"{wrong}\n      {request}");
        return wrong;
    }

    /// <summary>What is new is told of as such; a registration that is not paid for, or has ended, as a problem.</summary>
    private void Note(RawAnswer answer)
    {
        // A form is answered by leading on to the registration's page.
        if (answer.Status is 303 && answer.Header("Location")?.Split('/', '?') is ["", "mypage", var number, ..]) known.Learn(number);
        if (answer.Status is not (201 or 202 or 402 or 409)) return;
        try
        {
            using var body = JsonDocument.Parse(answer.Body);
            known.Learn(body.RootElement);
        }
        catch (JsonException) { }
    }
}
