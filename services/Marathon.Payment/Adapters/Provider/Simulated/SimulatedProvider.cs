using Marathon.Payments.Application.Ports;
using Marathon.Payments.Domain;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;

namespace Marathon.Payments.Adapters.Provider.Simulated;

/// <summary>
/// A provider that keeps books, as a real one does: one row per key, in transactions of its own, so that "charged once" can be checked at its side and a
/// repeat is answered as the first time, also after a kill. Approves everything, unless the token (<see cref="Tokens"/>) or the rates
/// (<see cref="SimulatedOptions"/>) say otherwise.
/// </summary>
public sealed class SimulatedProvider : IPaymentProvider, IAsyncDisposable
{
    private readonly record struct Charge(Guid Key, int Amount, string Currency, bool Declined, string? Refunding);

    private readonly record struct Written(ProviderAnswer Answer, bool IsNew);

    private readonly NpgsqlDataSource database;
    private readonly SimulatedOptions simulated;
    private readonly TimeProvider time;
    private readonly GroupCommit<Charge, Written> charging;

    /// <summary>Opens its books.</summary>
    public SimulatedProvider(NpgsqlDataSource database, SimulatedOptions simulated, TimeProvider time)
    {
        (this.database, this.simulated, this.time) = (database, simulated, time);
        charging = new GroupCommit<Charge, Written>(new GroupCommitOptions(), ChargeAsync);
    }

    /// <inheritdoc/>
    public async Task<ProviderAnswer> ChargeAsync(Guid key, int amount, string currency, string? token, CancellationToken cancellationToken)
    {
        var conduct = Tokens.Charge(token) ?? Draw(
            (simulated.DeclineRate, ChargeConduct.Declines), (simulated.SlowRate, ChargeConduct.Slow),
            (simulated.FailRate, ChargeConduct.Fails), (simulated.TimeoutRate, ChargeConduct.TimesOut));
        // Half of the time passes before the books are written and half after, so that a crash or a time-out meets both.
        var delay = SimulatedOptions.Pick(conduct is ChargeConduct.Slow ? simulated.SlowLatency : simulated.Latency);
        await WaitAsync(delay / 2, cancellationToken);
        if (conduct is ChargeConduct.Fails) throw new ProviderException("simulated-failure");
        var written = await charging.WriteAsync(new Charge(key, amount, currency, conduct is ChargeConduct.Declines, Tokens.Refund(token)), cancellationToken);
        // Only the first caller waits in vain: to ask again is how one learns what became of it.
        if (conduct is ChargeConduct.TimesOut && written.IsNew) await NeverAsync(cancellationToken);
        await WaitAsync(delay - delay / 2, cancellationToken);
        return written.Answer;
    }

    /// <inheritdoc/>
    public async Task<ProviderAnswer?> FindAsync(Guid key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return (await FindAsync(connection, [key], cancellationToken)).GetValueOrDefault(key);
    }

    /// <inheritdoc/>
    public async Task<long> CancelAsync(Guid key, int amount, CancellationToken cancellationToken)
    {
        await WaitAsync(SimulatedOptions.Pick(simulated.Latency), cancellationToken);
        var conduct = await CloseAsync(key, cancellationToken);
        if (conduct is RefundConduct.Fails) throw new ProviderException("simulated-failure");
        await using var payBack = database.CreateCommand(
            "UPDATE simulated_provider_charges SET cancelled = greatest(cancelled, least(captured, $2)) WHERE key = $1 RETURNING cancelled");
        payBack.Parameters.Add(new() { Value = key });
        payBack.Parameters.Add(new() { Value = amount });
        var cancelled = (int)(await payBack.ExecuteScalarAsync(cancellationToken))!;
        if (conduct is RefundConduct.TimesOut) await NeverAsync(cancellationToken);
        return cancelled;
    }

    /// <summary>Writes what waits, then stops.</summary>
    public ValueTask DisposeAsync() => charging.DisposeAsync();

    /// <summary>From now on nothing is charged under this key that was not before. Tells how this attempt to give money back shall go.</summary>
    private async Task<RefundConduct> CloseAsync(Guid key, CancellationToken cancellationToken)
    {
        await using var close = database.CreateCommand("""
            INSERT INTO simulated_provider_charges AS charge (key, amount, currency, outcome, reference, reason, captured, cancellations)
            VALUES ($1, 0, '', 'DECLINED', $2, 'cancelled', 0, 1)
            ON CONFLICT (key) DO UPDATE SET cancellations = charge.cancellations + 1
            RETURNING refunding, cancellations
            """);
        close.Parameters.Add(new() { Value = key });
        close.Parameters.Add(new() { Value = NewReference() });
        await using var rows = await close.ExecuteReaderAsync(cancellationToken);
        await rows.ReadAsync(cancellationToken);
        return Tokens.Refund(rows.TextOrNull(0), rows.GetInt32(1))
            ?? Draw((simulated.RefundFailRate, RefundConduct.Fails), (simulated.RefundTimeoutRate, RefundConduct.TimesOut));
    }

    private async Task<IReadOnlyList<Written>> ChargeAsync(IReadOnlyList<Charge> charges, CancellationToken cancellationToken)
    {
        var keys = new Guid[charges.Count];
        var amounts = new int[charges.Count];
        var currencies = new string[charges.Count];
        var declined = new bool[charges.Count];
        var references = new string[charges.Count];
        var refunding = new string?[charges.Count];
        for (var i = 0; i < keys.Length; i++)
            (keys[i], amounts[i], currencies[i], declined[i], references[i], refunding[i]) =
                (charges[i].Key, charges[i].Amount, charges[i].Currency, charges[i].Declined, NewReference(), charges[i].Refunding);

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var inserted = new HashSet<string>(keys.Length);
        await using (var insert = new NpgsqlCommand("""
            INSERT INTO simulated_provider_charges (key, amount, currency, outcome, reference, reason, captured, refunding)
            SELECT key, amount, currency, CASE WHEN declined THEN 'DECLINED' ELSE 'CAPTURED' END, reference,
              CASE WHEN declined THEN 'card-declined' END, CASE WHEN declined THEN 0 ELSE amount END, refunding
            FROM unnest($1::uuid[], $2::int[], $3::text[], $4::boolean[], $5::text[], $6::text[]) AS charge (key, amount, currency, declined, reference, refunding)
            ORDER BY key
            ON CONFLICT (key) DO NOTHING RETURNING reference
            """, connection)
        {
            Parameters =
            {
                new() { Value = keys }, new() { Value = amounts }, new() { Value = currencies }, new() { Value = declined }, new() { Value = references },
                new() { Value = refunding },
            },
        })
        {
            await using var rows = await insert.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken)) inserted.Add(rows.GetString(0));
        }

        var known = inserted.Count == keys.Length ? [] : await FindAsync(connection, keys, cancellationToken);
        var written = new Written[keys.Length];
        for (var i = 0; i < keys.Length; i++)
            written[i] = !inserted.Contains(references[i]) ? new Written(known[keys[i]], IsNew: false)
                : new Written(declined[i] ? new ProviderAnswer.Declined("card-declined") : new ProviderAnswer.Captured(references[i]), IsNew: true);
        return written;
    }

    private static async Task<Dictionary<Guid, ProviderAnswer>> FindAsync(NpgsqlConnection connection, Guid[] keys, CancellationToken cancellationToken)
    {
        var answers = new Dictionary<Guid, ProviderAnswer>();
        await using var select = new NpgsqlCommand("SELECT key, reference, reason FROM simulated_provider_charges WHERE key = ANY ($1)", connection) { Parameters = { new() { Value = keys } } };
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            answers[rows.GetGuid(0)] = rows.IsDBNull(2) ? new ProviderAnswer.Captured(rows.GetString(1)) : new ProviderAnswer.Declined(rows.GetString(2));
        return answers;
    }

    /// <summary>The first of these whose turn it is, by their rates; usually none, which is the conduct that is 0.</summary>
    private static TConduct Draw<TConduct>(params ReadOnlySpan<(double Rate, TConduct Conduct)> conducts) where TConduct : struct, Enum
    {
        var left = Random.Shared.NextDouble();
        foreach (var (rate, conduct) in conducts)
            if ((left -= rate) < 0) return conduct;
        return default;
    }

    private Task WaitAsync(TimeSpan delay, CancellationToken cancellationToken) =>
        delay == TimeSpan.Zero ? Task.CompletedTask : Task.Delay(delay, time, cancellationToken);

    private static Task NeverAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);

    private static string NewReference() => "sim_" + Guid.CreateVersion7().ToString("N");
}
