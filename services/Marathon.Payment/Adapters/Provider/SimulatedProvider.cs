using System.Globalization;
using Marathon.Payments.Application;
using Marathon.Payments.Application.Ports;
using Marathon.Payments.Domain;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;

namespace Marathon.Payments.Adapters.Provider;

/// <summary>
/// A provider that keeps books, as a real one does: one row per key, in transactions of its own, so that "charged once" can be checked at its side.
/// Approves everything but the token <c>tok_declined</c>. <c>Provider:Latency</c> is how long an answer takes, in milliseconds: <c>0</c> or a range, <c>400-620</c>.
/// </summary>
public sealed class SimulatedProvider : IPaymentProvider, IAsyncDisposable
{
    private const string DeclinedToken = "tok_declined";

    private readonly record struct Charge(Guid Key, int Amount, string Currency, bool Declined);

    private readonly NpgsqlDataSource database;
    private readonly TimeProvider time;
    private readonly (int Least, int Most) latency;
    private readonly GroupCommit<Charge, ProviderAnswer> charging;

    /// <summary>Opens its books.</summary>
    public SimulatedProvider(NpgsqlDataSource database, IConfiguration configuration, PaymentOptions options, TimeProvider time)
    {
        (this.database, this.time) = (database, time);
        latency = Range(configuration["Provider:Latency"] ?? "0");
        charging = new GroupCommit<Charge, ProviderAnswer>(new GroupCommitOptions(options.Writers), ChargeAsync);
    }

    /// <inheritdoc/>
    public async Task<ProviderAnswer> ChargeAsync(Guid key, int amount, string currency, string? token, CancellationToken cancellationToken)
    {
        // Half of the time passes before the books are written and half after, so that a crash or a time-out meets both.
        var delay = Delay();
        await WaitAsync(delay / 2, cancellationToken);
        var answer = await charging.WriteAsync(new Charge(key, amount, currency, token == DeclinedToken), cancellationToken);
        await WaitAsync(delay - delay / 2, cancellationToken);
        return answer;
    }

    /// <inheritdoc/>
    public async Task<ProviderAnswer?> FindAsync(Guid key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return (await FindAsync(connection, [key], cancellationToken)).GetValueOrDefault(key);
    }

    /// <inheritdoc/>
    public async Task CancelAsync(Guid key, int amount, CancellationToken cancellationToken)
    {
        await WaitAsync(Delay(), cancellationToken);
        await using var cancel = database.CreateCommand("""
            INSERT INTO simulated_provider_charges AS charge (key, amount, currency, outcome, reference, reason, captured)
            VALUES ($1, 0, '', 'DECLINED', $3, 'cancelled', 0)
            ON CONFLICT (key) DO UPDATE SET cancelled = greatest(charge.cancelled, least(charge.captured, $2))
            """);
        cancel.Parameters.Add(new() { Value = key });
        cancel.Parameters.Add(new() { Value = amount });
        cancel.Parameters.Add(new() { Value = NewReference() });
        await cancel.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Writes what waits, then stops.</summary>
    public ValueTask DisposeAsync() => charging.DisposeAsync();

    private async Task<IReadOnlyList<ProviderAnswer>> ChargeAsync(IReadOnlyList<Charge> charges, CancellationToken cancellationToken)
    {
        var keys = new Guid[charges.Count];
        var amounts = new int[charges.Count];
        var currencies = new string[charges.Count];
        var declined = new bool[charges.Count];
        var references = new string[charges.Count];
        for (var i = 0; i < keys.Length; i++)
            (keys[i], amounts[i], currencies[i], declined[i], references[i]) = (charges[i].Key, charges[i].Amount, charges[i].Currency, charges[i].Declined, NewReference());

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var inserted = new HashSet<string>(keys.Length);
        await using (var insert = new NpgsqlCommand("""
            INSERT INTO simulated_provider_charges (key, amount, currency, outcome, reference, reason, captured)
            SELECT key, amount, currency, CASE WHEN declined THEN 'DECLINED' ELSE 'CAPTURED' END, reference,
              CASE WHEN declined THEN 'card-declined' END, CASE WHEN declined THEN 0 ELSE amount END
            FROM unnest($1::uuid[], $2::int[], $3::text[], $4::boolean[], $5::text[]) AS charge (key, amount, currency, declined, reference)
            ORDER BY key
            ON CONFLICT (key) DO NOTHING RETURNING reference
            """, connection)
        {
            Parameters = { new() { Value = keys }, new() { Value = amounts }, new() { Value = currencies }, new() { Value = declined }, new() { Value = references } },
        })
        {
            await using var rows = await insert.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken)) inserted.Add(rows.GetString(0));
        }

        var known = inserted.Count == keys.Length ? [] : await FindAsync(connection, keys, cancellationToken);
        var answers = new ProviderAnswer[keys.Length];
        for (var i = 0; i < keys.Length; i++)
            answers[i] = !inserted.Contains(references[i]) ? known[keys[i]]
                : declined[i] ? new ProviderAnswer.Declined("card-declined")
                : new ProviderAnswer.Captured(references[i]);
        return answers;
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

    private TimeSpan Delay() => TimeSpan.FromMilliseconds(latency.Most == 0 ? 0 : Random.Shared.Next(latency.Least, latency.Most + 1));

    private Task WaitAsync(TimeSpan delay, CancellationToken cancellationToken) =>
        delay == TimeSpan.Zero ? Task.CompletedTask : Task.Delay(delay, time, cancellationToken);

    private static string NewReference() => "sim_" + Guid.CreateVersion7().ToString("N");

    private static (int, int) Range(string text)
    {
        var bounds = text.Split('-', StringSplitOptions.TrimEntries);
        return (int.Parse(bounds[0], CultureInfo.InvariantCulture), int.Parse(bounds[^1], CultureInfo.InvariantCulture));
    }
}
