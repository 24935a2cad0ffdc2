using Marathon.Notification.Application;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;

namespace Marathon.Notification.Adapters.Provider.Sandbox;

/// <summary>
/// A provider that brings nothing anywhere. It keeps what it was given, on its own account, so that one can see what was sent, and that it was sent once. Being
/// in the same database, it is erased with the rest: a message that an erasure gave up while it was on its way here is not kept.
/// </summary>
public sealed class SandboxSender(NpgsqlDataSource database, SandboxOptions options) : ISmsSender
{
    /// <summary>How long who was limited is told to stay away.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public bool Reports => options.DeliverAfter is not null;

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<Guid, SendOutcome>> SendAsync(IReadOnlyList<Sms> batch, CancellationToken cancellationToken)
    {
        if (Happens(options.FailRate)) throw new ProviderException("sandbox-failed", isUntaken: true);
        if (Happens(options.LimitRate)) throw new ProviderException("too-many-requests", isUntaken: true, Limit);
        var outcomes = new Dictionary<Guid, SendOutcome>(batch.Count);
        foreach (var sms in batch) outcomes[sms.Reference] = Happens(options.RefuseRate) ? new SendOutcome.Refused("refused") : Taken(sms.Reference);
        var taken = batch.Where(sms => outcomes[sms.Reference] is SendOutcome.Accepted).ToArray();
        await using (var take = database.CreateCommand("""
            INSERT INTO sandbox_sms (reference, phone_no, text, fails_with)
            SELECT given.* FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS given (reference, phone_no, text, fails_with)
            JOIN messages ON messages.id = given.reference FOR SHARE OF messages
            ON CONFLICT (reference) DO NOTHING
            """))
        {
            take.Parameters.Add(new() { Value = taken.Select(sms => sms.Reference).ToArray() });
            take.Parameters.Add(new() { Value = taken.Select(sms => sms.To.ToString()).ToArray() });
            take.Parameters.Add(new() { Value = taken.Select(sms => sms.Text).ToArray() });
            take.Parameters.Add(new() { Value = taken.Select(_ => Happens(options.LoseRate) ? "undeliverable" : null).ToArray() });
            await take.ExecuteNonQueryAsync(cancellationToken);
        }
        if (Happens(options.TimeoutRate)) await Task.Delay(Timeout.Infinite, cancellationToken);
        return outcomes;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<Guid, SendOutcome>> FindAsync(IReadOnlyCollection<Guid> references, DateTimeOffset since, CancellationToken cancellationToken)
    {
        await using var find = database.CreateCommand("SELECT reference FROM sandbox_sms WHERE reference = ANY ($1)");
        find.Parameters.Add(new() { Value = references.ToArray() });
        var found = new Dictionary<Guid, SendOutcome>();
        await using var rows = await find.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) found[rows.GetGuid(0)] = Taken(rows.GetGuid(0));
        return found;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SmsReport>> ReportAsync(IReadOnlyList<Unreported> messages, CancellationToken cancellationToken)
    {
        await using var look = database.CreateCommand("SELECT reference, fails_with FROM sandbox_sms WHERE reference = ANY ($1) AND taken_at <= now() - $2");
        look.Parameters.Add(new() { Value = messages.Select(message => message.Reference).ToArray() });
        look.Parameters.Add(new() { Value = options.DeliverAfter ?? TimeSpan.Zero });
        var reports = new List<SmsReport>();
        await using var rows = await look.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) reports.Add(new SmsReport(rows.GetGuid(0), rows.TextOrNull(1)));
        return reports;
    }

    private static SendOutcome.Accepted Taken(Guid reference) => new($"sandbox-{reference:N}");

    private static bool Happens(double rate) => rate > 0 && Random.Shared.NextDouble() < rate;
}
