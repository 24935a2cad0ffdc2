using Marathon.Chaos.Rules;

namespace Marathon.Chaos.Tests;

/// <summary>Everything is killed once while people register; and what must not happen would be noticed.</summary>
[Collection(OneAtATime)]
public sealed class ChaosTests(ShortRun run, ITestOutputHelper output) : IClassFixture<ShortRun>
{
    /// <summary>Two whole systems at once are more than a small machine can do in time.</summary>
    public const string OneAtATime = "one at a time";

    [Fact]
    public async Task Chaos_WhenEverythingIsKilledOnce_BreaksNoRule()
    {
        foreach (var line in run.Said) output.WriteLine(line);
        var violations = await Report.WriteAsync(run.Run, output.WriteLine);
        Assert.Equal(0, violations);
        Assert.NotNull(run.Run.Drained);
    }

    [Fact]
    public async Task Chaos_OfThisSeed_HarmsEveryKindOfProcess_AndSeesEveryKindOfAnswer()
    {
        var evidence = run.Run.Evidence;
        foreach (var resource in (string[])["gateway", "registration", "payment", "fulfilment", "notification", "dashboard", "postgres", "kafka", "solapi"])
            Assert.Contains(evidence.Faults, fault => FaultPlan.IsOf(fault.Target, resource));
        foreach (var replica in (string[])["fulfilment-1", "fulfilment-2"]) Assert.Contains(evidence.Faults, fault => fault.Target == replica && fault.Kind == FaultKind.Kill);
        foreach (var status in (int[])[201, 402, 409]) Assert.Contains(evidence.Calls, call => call.Status == status);
        Assert.Contains(evidence.Calls, call => call.Code == "race-full");
        Assert.Contains(evidence.Runners, runner => runner.ToldCancelled);
        Assert.Equal(["full", "none", "partial"], (await Money.RefundsAsync(evidence)).Keys.Order());
        Assert.Contains(PaymentFailures.In(evidence.Written), failure => failure.StartsWith("charge ", StringComparison.Ordinal));
        Assert.NotEmpty(evidence.Log.Events);
        Assert.True(evidence.Written.Count >= 8, "the processes have written no logs");
    }

    [Fact]
    public void Plan_OfTheSameSeed_IsTheSame()
    {
        string[] processes = ["gateway", "registration-1", "registration-2", "payment", "fulfilment", "postgres"];
        static IEnumerable<string> Words(IEnumerable<Step> plan) => plan.Take(50).Select(step => $"{step.Pause} {step.Kind} {string.Join(' ', step.Targets)}");
        Assert.Equal(Words(FaultPlan.Make(7, processes, TimeSpan.FromSeconds(5))), Words(FaultPlan.Make(7, processes, TimeSpan.FromSeconds(5))));
        Assert.NotEqual(Words(FaultPlan.Make(7, processes, TimeSpan.FromSeconds(5))), Words(FaultPlan.Make(8, processes, TimeSpan.FromSeconds(5))));
    }

    [Fact]
    public void Plan_WhereTwoReplicasOnlyListen_KillsEachAlone_AndTakesAwayBoth()
    {
        var plan = FaultPlan.Make(7, ["gateway", "registration-1", "registration-2", "fulfilment-1", "fulfilment-2", "dashboard"], TimeSpan.FromSeconds(5)).Take(200).ToList();
        foreach (var replica in (string[])["fulfilment-1", "fulfilment-2"]) Assert.Contains(plan, step => step.Kind == FaultKind.Kill && step.Targets.SequenceEqual([replica]));
        Assert.Contains(plan, step => step.Kind == FaultKind.Outage && step.Targets.SequenceEqual(["fulfilment"]));
        Assert.DoesNotContain(plan, step => step.Kind == FaultKind.Kill && step.Targets.Contains("dashboard"));
    }

    private const string OneRegistered = "(SELECT id FROM registrations WHERE status = 'REGISTERED' ORDER BY id LIMIT 1)";

    public static TheoryData<string, string, string> InDatabases => new()
    {
        { "the counter of a division is its rows", "registration", "UPDATE divisions SET taken = taken + 1 WHERE taken < capacity" },
        {
            "no more places are held and taken than there are", "registration",
            "ALTER TABLE divisions DROP CONSTRAINT divisions_check; UPDATE divisions SET capacity = taken - 1 WHERE taken > 0"
        },
        { "nothing stays held", "registration", $"UPDATE registrations SET status = 'HELD' WHERE id = {OneRegistered}" },
        { "money is kept for registrations, and for those only", "registration", $"UPDATE registrations SET status = 'EXPIRED' WHERE id = {OneRegistered}" },
        { "money is kept for registrations, and for those only", "payment", "UPDATE simulated_provider_charges SET cancelled = 0 WHERE cancelled > 0" },
        // All of them: who cancelled so late that nothing comes back has paid, too.
        { "who is registered has paid", "payment", "DELETE FROM payments WHERE status = 'COMPLETED'" },
        { "the books of Payment are those of the provider", "payment", "UPDATE simulated_provider_charges SET captured = captured - 1 WHERE captured > cancelled" },
        { "what comes back of a cancellation is what the race's policy says", "registration", "UPDATE registrations SET refund_due = refund_due + 1 WHERE status = 'CANCELLED' AND refund_due > 0 AND refund_due < amount" },
        { "what comes back of a cancellation is what the race's policy says", "registration", "UPDATE registrations SET refund_due = amount WHERE status = 'CANCELLED' AND confirmed_at IS NOT NULL AND refund_due = 0" },
        { "what is kept of who cancelled is what they were told", "payment", "UPDATE simulated_provider_charges SET cancelled = captured WHERE cancelled > 0 AND cancelled < captured" },
        { "what is due to a runner is paid back", "payment", "UPDATE payments SET status = 'REFUND_DUE', due_at = now() WHERE status = 'REFUNDED'" },
        { "no payment is left unsettled", "payment", "UPDATE payments SET status = 'REQUESTED', due_at = now() WHERE status = 'DECLINED'" },
        { "payment tells a fact once", "payment", "INSERT INTO outbox (shard, stream, aggregate_id, version, type, payload, occurred_at) SELECT shard, stream, aggregate_id, version + 1, type, payload, occurred_at FROM outbox WHERE type LIKE '%payment-refunded%'" },
        { "notification tells of a message once", "notification", "INSERT INTO outbox (shard, stream, aggregate_id, version, type, payload, occurred_at) SELECT shard, stream, aggregate_id, version + 10, type, payload, occurred_at FROM outbox WHERE stream = 'notifications' LIMIT 1" },
        { "a registration is charged once", "payment", "ALTER TABLE simulated_provider_charges DROP CONSTRAINT simulated_provider_charges_pkey; INSERT INTO simulated_provider_charges SELECT * FROM simulated_provider_charges WHERE captured > 0" },
        { "a runner gets one parcel", "fulfilment", "DROP INDEX deliveries_number; INSERT INTO deliveries (registration_id, number, status, since, name, phone_no, address, top_size, bottom_size, version, race_id, confirmed_at) SELECT gen_random_uuid(), number, 'CANCELLED', since, name, phone_no, address, top_size, bottom_size, version, race_id, confirmed_at FROM deliveries LIMIT 1" },
        { "a bib is one runner's", "fulfilment", "ALTER TABLE register_masters DROP CONSTRAINT register_masters_race_id_bib_key; UPDATE register_masters SET bib = 1" },
        { "one request is one registration", "registration", "UPDATE registrations SET phone_no = (SELECT max(phone_no) FROM registrations)" },
        { "registration tells of everything in order and without a gap", "registration", "DELETE FROM outbox WHERE version = 1 AND aggregate_id IN (SELECT aggregate_id FROM outbox WHERE version = 2)" },
        { "payment tells of everything in order and without a gap", "payment", "UPDATE outbox SET seq = -seq" },
        { "fulfilment has sent everything", "fulfilment", "UPDATE outbox_cursor SET snap = '1:1:'" },
        { "notification has put no event aside", "notification", "INSERT INTO parked_events (state, source, stream, aggregate_id, version, type, payload, occurred_at) VALUES ('waiting', 'registration', 'registrations', gen_random_uuid(), 2, 'x', '', now())" },
        { "dashboard has applied all payments", "dashboard", "DELETE FROM inbox WHERE stream = 'payments' AND aggregate_id = (SELECT aggregate_id FROM inbox WHERE stream = 'payments' LIMIT 1)" },
        { "fulfilment has applied all registrations", "fulfilment", "UPDATE inbox SET version = version + 1 WHERE stream = 'registrations'" },
        { "registration has applied all payments", "registration", "UPDATE inbox SET version = version + 1 WHERE stream = 'payments'" },
        { "payments begin with what is passed over", "payment", "UPDATE outbox SET type = 'marathon.payments.payment-refunded.v1' WHERE stream = 'payments' AND version = 1" },
        { "registration has told every change of its registrations", "registration", "UPDATE registrations SET version = version + 1" },
        { "the broker has all deliveries without a gap", "fulfilment", "INSERT INTO outbox (shard, stream, aggregate_id, version, type, payload, occurred_at) SELECT shard, stream, aggregate_id, 9, type, payload, occurred_at FROM outbox WHERE stream = 'deliveries' LIMIT 1" },
        { "the roll is who is registered, as they are", "fulfilment", "UPDATE register_masters SET top_size = '120'" },
        { "there is a parcel for everybody who ever was registered, and it is stopped or asked back for who is no more", "fulfilment", "UPDATE deliveries SET status = 'RECEIVED', top_allocated = false" },
        { "every parcel that is not stopped arrives", "fulfilment", "UPDATE deliveries SET status = 'DISPATCHED' WHERE status = 'DELIVERED'" },
        { "the stock is the sum of its ledger", "fulfilment", "DELETE FROM stock_movements WHERE seq = (SELECT min(seq) FROM stock_movements WHERE kind = 'ALLOCATED')" },
        { "the stock is the sum of its ledger", "fulfilment", "UPDATE stock SET free = free + 1" },
        { "what is set aside or gone is what the kits are made of", "fulfilment", "UPDATE deliveries SET top_size = '115' WHERE registration_id = (SELECT registration_id FROM deliveries WHERE top_allocated LIMIT 1)" },
        { "what passed an inspection is in stock, once", "fulfilment", "UPDATE procurement_lines SET passed = passed - 1 WHERE passed > 0" },
        { "an order is inspected wholly or not at all", "fulfilment", "UPDATE procurements SET status = 'SHIPPED'" },
        { "nothing stays on order", "fulfilment", "UPDATE procurements SET status = 'SHIPPED'" },
        { "nobody waits for what is there", "fulfilment", "UPDATE deliveries SET status = 'BACKORDERED', top_allocated = false; UPDATE stock SET free = free + 1" },
        { "a kit leaves again only when it has come back", "fulfilment", "INSERT INTO outbox (shard, stream, aggregate_id, version, type, payload, occurred_at) SELECT shard, stream, aggregate_id, version + 10, type, payload, occurred_at FROM outbox WHERE type LIKE '%goods-dispatched%'" },
        { "every parcel that our carrier has is in its books, under its number", "fulfilment", "DELETE FROM carrier_parcels" },
        { "a supplier is told of an inspection, once", "notification", "INSERT INTO messages (id, registration_id, number, kind, cause_stream, cause_version, fields) SELECT gen_random_uuid(), registration_id, number, kind, cause_stream, cause_version + 7, fields FROM messages WHERE cause_stream = 'procurements'" },
        { "fulfilment has told every change of its stock", "fulfilment", "UPDATE races SET stock_version = stock_version + 1 WHERE stock_version > 0" },
        { "the dashboard shows registrations as they are", "dashboard", "UPDATE registrations SET status = 'EXPIRED'" },
        { "the dashboard shows places and keys as they were confirmed", "dashboard", "UPDATE registrations SET amount = amount + 1" },
        { "the dashboard shows payments as they are", "dashboard", "UPDATE registrations SET payment_status = 'VOIDED'" },
        { "the dashboard shows parcels and bibs as they are", "dashboard", "UPDATE registrations SET bib = bib + 1" },
        { "the dashboard shows the messages that were sent", "dashboard", "DELETE FROM messages WHERE message_id = (SELECT message_id FROM messages LIMIT 1)" },
        { "the dashboard shows races as they are", "dashboard", "UPDATE races SET status = 'SUSPENDED'" },
        { "the dashboard shows races as they are", "dashboard", "UPDATE races SET refund_tiers = '[]'" },
        { "the dashboard shows divisions as they are, and which are sold out", "dashboard", "UPDATE divisions SET sold_out = NOT sold_out" },
        { "the dashboard shows stock as it is", "dashboard", "UPDATE stock SET free = free + 1" },
        { "the dashboard's sums are those of its rows", "dashboard", "UPDATE cells SET count = count + 1 WHERE count > 0" },
        { "everybody is found under the name they have", "dashboard", "UPDATE searched SET name = 'nobody'" },
        { "every message arrives", "notification", "UPDATE messages SET status = 'QUEUED'" },
        { "every message is at the provider, as it is", "notification", "INSERT INTO messages (id, registration_id, number, kind, cause_stream, cause_version, text) SELECT gen_random_uuid(), registration_id, number, kind, cause_stream, cause_version, text FROM messages LIMIT 1" },
        { "every message is at the provider, as it is", "notification", "UPDATE messages SET text = text || ' or not'" },
        { "the provider has no message that is not ours", "notification", "DELETE FROM messages WHERE id = (SELECT id FROM messages LIMIT 1)" },
        { "whoever was registered when a race was suspended, resumed or moved is told so", "notification", "DELETE FROM messages WHERE cause_stream = 'races'" },
        { "whoever was registered when a race was suspended, resumed or moved is told so", "notification", "DELETE FROM messages WHERE kind = 'race-moved'" },
        { "nobody is told so of a race for which they are not registered yet", "notification", "UPDATE messages SET cause_version = cause_version + 100 WHERE cause_stream = 'races'" },
        { "runners are told what happens to their registrations, once", "notification", "INSERT INTO messages (id, registration_id, number, kind, cause_stream, cause_version, fields) SELECT gen_random_uuid(), registration_id, number, kind, cause_stream, cause_version + 7, fields FROM messages WHERE kind = 'confirmed'" },
        { "who was told 201 is registered, unless they cancelled", "registration", "DELETE FROM registrations WHERE status = 'REGISTERED'" },
        { "who was told that they are cancelled is", "registration", "UPDATE registrations SET status = 'REGISTERED' WHERE status = 'CANCELLED'" },
        { "who was told 402 is not registered", "registration", "UPDATE registrations SET status = 'REGISTERED' WHERE status = 'DECLINED'" },
        { "a declined card registers nobody", "registration", "UPDATE registrations SET status = 'REGISTERED' WHERE status = 'DECLINED'" },
        { "who was told of another size gets it", "registration", "UPDATE registrations SET top_size = '85'" },
    };

    [Theory]
    [MemberData(nameof(InDatabases))]
    public async Task Rule_WhenItIsBrokenInADatabase_SaysSo(string rule, string service, string sql) => await SaysSoAsync(rule, await run.PlantAsync(service, sql));

    [Fact]
    public async Task Rule_WhenCallersWereToldOtherwise_SaysSo()
    {
        var evidence = run.Run.Evidence;
        var now = DateTimeOffset.UtcNow;
        var call = new Call("register", now, now, 201, null, "M-0000-0000");
        Evidence With(Runner runner) => evidence with { Runners = [.. evidence.Runners, runner] };
        Evidence Called(Call called) => evidence with { Calls = [.. evidence.Calls, called] };

        var runner = new Runner(Planted.Number(999_999), "a key", null) { Number = call.Number };
        await SaysSoAsync("who was told 201 is registered, unless they cancelled", With(runner with { Registering = new([call]) }));
        await SaysSoAsync("what is kept of who cancelled is what they were told", With(runner with { ToldKept = new([0, 1]) }));
        await SaysSoAsync("what is kept of who cancelled is what they were told", With(runner with { ToldKept = new([null]) }));
        await SaysSoAsync("who was told 202 is not forgotten", With(runner with { Registering = new([call with { Status = 202 }]) }));
        await SaysSoAsync("who was told 202 and has a good card is registered, unless they cancelled", With(runner with { Registering = new([call with { Status = 202, From = now.AddHours(1), Until = now.AddHours(1) }]) }));
        await SaysSoAsync("the same key is answered with the same number", With(runner with { Registering = new([call, call with { Number = "M-1111-1111" }]) }));
        await SaysSoAsync("the same key for something else is refused", With(runner with { Misused = call }));
        await SaysSoAsync("who was told 201 finds their registration", With(runner with { Registering = new([call]), ToldUnknown = true }));
        await SaysSoAsync("no request hangs", Called(call with { Status = null, Failure = Failure.Hung, Until = now + Gate.Patience }));
        await SaysSoAsync("no request hangs", Called(call with { Until = now + Gate.Deadline * 2 }));
        await SaysSoAsync("every request is answered while the gateway and who answers live", Called(call with { Status = null, Failure = Failure.Cut, From = now.AddHours(1), Until = now.AddHours(1) }));
        await SaysSoAsync("registering goes on while others are away", evidence with { Faults = [new Fault("dashboard", FaultKind.Outage, now, now.AddSeconds(5))] });
        var sent = evidence.Sent();
        await SaysSoAsync("the provider has each message once", evidence with { Sent = () => [.. sent, sent[0]] });
        await SaysSoAsync("nobody gets the same message twice", evidence with { Sent = () => [.. sent, sent[0] with { Reference = Guid.NewGuid().ToString() }] });
        await SaysSoAsync("people are registered at all", evidence with { Runners = [runner] });
        await SaysSoAsync("the broker has all registrations without a gap", evidence with
        {
            Log = evidence.Log with { Events = [.. evidence.Log.Events.Where(entry => entry.Version != 1)], Shortened = new HashSet<(string, int)>() },
        });
    }

    [Fact]
    public async Task Rule_WhenTheLogIsShortened_StillFindsWhatIsMissingElsewhere_AndSaysHowMuchItCouldNotSee()
    {
        const string rule = "the broker has all registrations without a gap";
        var evidence = run.Run.Evidence;
        Evidence Shortened(Func<LoggedEvent, bool> isWhole, Func<LoggedEvent, bool> isThere) => evidence with
        {
            Log = new BrokerLog([.. evidence.Log.Events.Where(isThere)], evidence.Log.Events.Where(entry => !isWhole(entry)).Select(entry => (entry.Stream, entry.Partition)).ToHashSet()),
        };
        var whole = await FindAsync(rule, Shortened(_ => true, _ => true));
        Assert.Equal(0, whole.Unseen);
        // Somebody cancelled: their first event is missing, the second shows where it would have been.
        var last = evidence.Log.Events.First(entry => entry.Stream == "registrations" && entry.Version == 2);
        bool IsThere(LoggedEvent entry) => entry.AggregateId != last.AggregateId || entry.Version != 1;

        var found = await FindAsync(rule, Shortened(entry => entry.Partition == last.Partition, IsThere));
        Assert.Single(found.Violations);
        Assert.True(found is { Checked: > 0, Unseen: > 0 } && found.Checked + found.Unseen == whole.Checked, $"{found.Checked} and {found.Unseen} of {whole.Checked}");
        var blind = await FindAsync(rule, Shortened(_ => false, IsThere));
        Assert.Equal((0, 0, whole.Checked), (blind.Checked, blind.Violations.Count, blind.Unseen));
        await SaysSoAsync("the broker's log shows something", Shortened(_ => false, _ => true));
        Assert.Empty((await FindAsync("the broker's log shows something", Shortened(entry => entry.Stream == "races", _ => true))).Violations);
    }

    [Theory]
    [InlineData("12:00:01 info: registered PLANTERNAME 17", true)]
    [InlineData("12:00:01 info: SMS to 01077000017", true)]
    [InlineData("DETAIL: Key (phone_no)=(010-7700-0017) already exists.", true)]
    [InlineData("12:00:01 info: wrong password planterpassword 1", true)]
    [InlineData("12:00:01 info: registration 0193a010-7700-7000-8000-000000000001 is confirmed", false)]
    public async Task Rule_WhenALogHasAPersonInIt_SaysSo(string line, bool isPersonal)
    {
        var log = Path.GetTempFileName();
        try
        {
            await File.WriteAllLinesAsync(log, ["info: nothing", line, "info: nothing"]);
            var finding = await AllRules.List.Single(rule => rule.Name == "nothing personal is in a log").Check(run.Run.Evidence with { Written = [log] });
            Assert.Equal((1, isPersonal ? 1 : 0), (finding.Checked, finding.Violations.Count));
        }
        finally
        {
            File.Delete(log);
        }
    }

    [Fact]
    public void Rules_EachHaveANameOfTheirOwn() => Assert.Equal(AllRules.List.Count, AllRules.List.DistinctBy(rule => rule.Name).Count());

    private static async Task SaysSoAsync(string name, Evidence planted)
    {
        var finding = await FindAsync(name, planted);
        Assert.NotEmpty(finding.Violations);
        Assert.NotEqual(0, finding.Checked);
    }

    private static Task<Finding> FindAsync(string name, Evidence evidence) => AllRules.List.Single(rule => rule.Name == name).Check(evidence);
}
