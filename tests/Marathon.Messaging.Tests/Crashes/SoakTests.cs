using System.Diagnostics;
using System.Globalization;
using Marathon.Testing;
using Xunit.Abstractions;

namespace Marathon.Messaging.Tests.Crashes;

/// <summary>
/// Everybody dies at any step, again and again. <c>MARATHON_SOAK_EVENTS</c> and <c>MARATHON_SOAK_KILLS</c> make it as long as one likes: a million
/// and a thousand take some twenty minutes on two cores. <c>MARATHON_SOAK_REPORT</c> names a file for what it has to say at its end.
/// </summary>
[Collection(nameof(OutageServers))]
public sealed class SoakTests(OutageServers outage, ITestOutputHelper output)
{
    /// <summary>What may pile up before a service that is killed too often gets a breath, so that the embedded broker need not forget the oldest.</summary>
    private const long Backlog = 20_000;

    /// <summary>Parts of the plan that the writers may be behind.</summary>
    private const int Ahead = 4;

    /// <summary>Kills in a million at each step, so that each is about as likely in the few seconds of a life, however often it is come to.</summary>
    private static readonly (string Step, int Chance)[] Chances =
    [
        ("relay.leading", 20_000), ("relay.read", 3000), ("relay.acknowledged", 3000), ("relay.moved", 3000),
        ("consumer.assigned", 20_000), ("consumer.revoked", 20_000),
        ("consumer.filled", 5000), ("consumer.planned", 3000), ("consumer.claimed", 3000), ("consumer.applied", 3000), ("consumer.committed", 3000), ("consumer.stored", 5000),
        ("work.inserted", 200), ("work.committed", 200),
    ];

    [Fact]
    public async Task Chain_WhenEverybodyIsKilledAtRandom_LosesNothing()
    {
        var (events, kills) = (Setting("MARATHON_SOAK_EVENTS", 3000), Setting("MARATHON_SOAK_KILLS", 4));
        var watch = Stopwatch.StartNew();
        await using var chain = await Chain.StartAsync(outage.Servers, output, new ChainOptions
        {
            Replicas = 2,
            Writing = 2,
            Things = events > 100_000 ? 2000 : 100,
            Writers = 4,
            Failpoints = kills == 0 ? null : string.Join(',', Chances.Select(step => $"{step.Step}=kill%{step.Chance}")),
        });

        // Each part of the events is written amid deaths: where there were none, one of us kills. The writers have some parts before them, so that they
        // need not wait for one that is just starting. For every payment there is a delivery.
        var part = Math.Max(1, events / 2 / Math.Max(1, kills));
        for (var (planned, round) = (0L, 0); planned < events / 2 || Deaths(chain) < kills; round++)
        {
            await chain.WriteAsync(part);
            planned += part;
            var deaths = Deaths(chain);
            await Eventually.TrueAsync(async () => await chain.ToldAsync() >= planned - Ahead * part, TimeSpan.FromMinutes(2), "nobody writes");
            if (Deaths(chain) == deaths && deaths < kills)
            {
                var victim = chain.Everybody.ElementAt(round % chain.Everybody.Count());
                await victim.ListeningAsync();
                victim.Kill();
            }
            await Eventually.TrueAsync(async () => await chain.BacklogAsync() < Backlog, TimeSpan.FromMinutes(5), "the backlog does not shrink");
        }
        foreach (var worker in chain.Everybody) await worker.DisarmAsync();
        var audits = await chain.CheckAsync(TimeSpan.FromMinutes(10));

        var report = $"""
            {audits.Sum(audit => audit.Told)} events written, {audits.Sum(audit => audit.Applied)} applied, {Deaths(chain)} kills in {watch.Elapsed.TotalSeconds:0} s ({audits.Sum(audit => audit.Told) / watch.Elapsed.TotalSeconds:0} events/s)
            lost {audits.Sum(audit => audit.Lost)}, doubled {audits.Sum(audit => audit.Doubled)}, out of order {audits.Sum(audit => audit.Disordered)}
            {string.Join('\n', chain.Everybody.SelectMany(worker => worker.Deaths).CountBy(death => death).OrderBy(step => step.Key).Select(step => $"{step.Value,6} {step.Key}"))}
            """;
        output.WriteLine(report);
        if (Environment.GetEnvironmentVariable("MARATHON_SOAK_REPORT") is { Length: > 0 } file) await File.WriteAllTextAsync(file, report + "\n");
    }

    private static int Deaths(Chain chain) => chain.Everybody.Sum(worker => worker.Deaths.Count);

    private static long Setting(string name, long otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
