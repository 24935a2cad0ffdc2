using System.Diagnostics;
using System.Globalization;
using Marathon.Testing;
using Xunit.Abstractions;

namespace Marathon.Messaging.Tests.Crashes;

/// <summary>
/// Everybody dies at any step, again and again. <c>MARATHON_SOAK_EVENTS</c> and <c>MARATHON_SOAK_KILLS</c> make it as long as one likes: a million
/// and a thousand take some twenty minutes on two cores.
/// </summary>
[Collection(nameof(OutageServers))]
public sealed class SoakTests(OutageServers outage, ITestOutputHelper output)
{
    /// <summary>What may pile up before a service that is killed too often gets a breath, so that the embedded broker need not forget the oldest.</summary>
    private const long Backlog = 20_000;

    /// <summary>Kills in a million at each step, so that each is about as likely in the few seconds of a life, however often it is come to.</summary>
    private static readonly Dictionary<string, int> Chances = new()
    {
        ["relay.leading"] = 20_000, ["relay.read"] = 500, ["relay.acknowledged"] = 500, ["relay.moved"] = 500,
        ["consumer.assigned"] = 20_000, ["consumer.revoked"] = 20_000,
        ["consumer.filled"] = 700, ["consumer.planned"] = 700, ["consumer.claimed"] = 700, ["consumer.applied"] = 700, ["consumer.committed"] = 700, ["consumer.stored"] = 700,
        ["work.inserted"] = 40, ["work.committed"] = 40,
    };

    [Fact]
    public async Task Chain_WhenEverybodyIsKilledAtRandom_LosesNothing()
    {
        var (events, kills) = (Setting("MARATHON_SOAK_EVENTS", 3000), Setting("MARATHON_SOAK_KILLS", 6));
        var watch = Stopwatch.StartNew();
        await using var chain = await Chain.StartAsync(outage.Servers, output, new ChainOptions
        {
            Replicas = 2, Writing = 2, Things = events > 100_000 ? 2000 : 100, Writers = 4,
            Failpoints = string.Join(',', Chances.Select(step => $"{step.Key}=kill%{step.Value}")),
        });

        // Each part of the events is written amid deaths: where there were none, one of us kills.
        var part = Math.Max(1, events / Math.Max(1, kills));
        for (var (written, round) = (0L, 0); written < events || Deaths(chain) < kills; round++)
        {
            await chain.WriteAsync(part);
            written += part;
            var deaths = Deaths(chain);
            await Eventually.TrueAsync(async () => Deaths(chain) > deaths || await chain.ToldAsync() >= written, TimeSpan.FromMinutes(2), "nobody writes and nobody dies");
            if (Deaths(chain) == deaths && deaths < kills) chain.Everybody.ElementAt(round % chain.Everybody.Count()).Kill();
            await Eventually.TrueAsync(async () => await chain.BacklogAsync() < Backlog, TimeSpan.FromMinutes(5), "the backlog does not shrink");
        }
        foreach (var worker in chain.Everybody) await worker.DisarmAsync();
        var audits = await chain.CheckAsync(TimeSpan.FromMinutes(10));

        output.WriteLine($"{audits.Sum(audit => audit.Told)} events written, {audits.Sum(audit => audit.Applied)} applied, {Deaths(chain)} kills in {watch.Elapsed.TotalSeconds:0} s ({audits.Sum(audit => audit.Told) / watch.Elapsed.TotalSeconds:0} events/s)");
        output.WriteLine($"lost {audits.Sum(audit => audit.Lost)}, doubled {audits.Sum(audit => audit.Doubled)}, out of order {audits.Sum(audit => audit.Disordered)}");
        foreach (var step in chain.Everybody.SelectMany(worker => worker.Deaths).CountBy(death => death).OrderBy(step => step.Key)) output.WriteLine($"  {step.Value,5} {step.Key}");
    }

    private static int Deaths(Chain chain) => chain.Everybody.Sum(worker => worker.Deaths.Count);

    private static long Setting(string name, long otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
