using Marathon.Messaging;
using Marathon.Payments.Application;
using Marathon.Payments.Application.Ports;
using Marathon.Payments.Domain;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;

namespace Marathon.Payments.Adapters.Postgres;

/// <summary>
/// The table <c>payments</c>. Opening and changing are what every charge does, so they are written many at once. Leases and due times are judged by
/// the database's clock, the one clock that the replicas share.
/// </summary>
public sealed class PaymentStore : IPayments, IAsyncDisposable
{
    private readonly NpgsqlDataSource database;
    private readonly Outbox outbox;
    private readonly TimeSpan lease, firstRetry, longestRetry;
    private readonly GroupCommit<Payment, Opened> opening;
    private readonly GroupCommit<Change, bool> changing;

    /// <summary>Starts the writers.</summary>
    public PaymentStore(NpgsqlDataSource database, Outbox outbox, PaymentOptions options)
    {
        (this.database, this.outbox) = (database, outbox);
        // Longer than the call it covers, so that the one who charges gives up before another begins.
        lease = options.ProviderTimeout + TimeSpan.FromSeconds(1);
        (firstRetry, longestRetry) = (options.RetryDelay, options.LongestRetryDelay);
        opening = new GroupCommit<Payment, Opened>(new GroupCommitOptions(), OpenAsync);
        changing = new GroupCommit<Change, bool>(new GroupCommitOptions(), ChangeAsync);
    }

    /// <inheritdoc/>
    public async Task<Opened?> OpenAsync(Payment requested) => opening.TryWrite(requested, out var opened) ? await opened : null;

    /// <inheritdoc/>
    public Task<bool> ChangeAsync(Change change, CancellationToken cancellationToken) => changing.WriteAsync(change, cancellationToken);

    /// <inheritdoc/>
    public async Task<Payment?> FindAsync(Guid registrationId, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand($"SELECT {PaymentRow.Columns} FROM payments WHERE registration_id = $1");
        select.Parameters.Add(new() { Value = registrationId });
        return (await PaymentRow.ReadAsync(select, cancellationToken)).FirstOrDefault();
    }

    /// <inheritdoc/>
    public async Task<Payment?> TakeOverAsync(Guid registrationId, CancellationToken cancellationToken)
    {
        await using var take = database.CreateCommand($"""
            UPDATE payments SET charging_until = now() + $2
            WHERE registration_id = $1 AND status = 'REQUESTED' AND charging_until <= now()
            RETURNING {PaymentRow.Columns}
            """);
        take.Parameters.Add(new() { Value = registrationId });
        take.Parameters.Add(new() { Value = lease });
        return (await PaymentRow.ReadAsync(take, cancellationToken)).FirstOrDefault();
    }

    /// <inheritdoc/>
    public async Task ReleaseAsync(Guid registrationId, CancellationToken cancellationToken)
    {
        await using var release = database.CreateCommand("UPDATE payments SET charging_until = now() WHERE registration_id = $1 AND status = 'REQUESTED'");
        release.Parameters.Add(new() { Value = registrationId });
        await release.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Payment>> ClaimUnsettledAsync(int most, CancellationToken cancellationToken)
    {
        // The next time is written before the attempt: no sooner than the attempt may last, then doubling up to the longest, spread by a quarter.
        await using var claim = database.CreateCommand($"""
            WITH due AS (SELECT registration_id AS due_id FROM payments WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
            UPDATE payments
            SET attempts = attempts + 1, due_at = now() + greatest($2, (0.75 + random() / 2) * least($3 * 2 ^ least(attempts, 20), $4))
            FROM due WHERE registration_id = due_id
            RETURNING {PaymentRow.Columns}
            """);
        claim.Parameters.Add(new() { Value = most });
        claim.Parameters.Add(new() { Value = lease });
        claim.Parameters.Add(new() { Value = firstRetry });
        claim.Parameters.Add(new() { Value = longestRetry });
        return await PaymentRow.ReadAsync(claim, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task NoteFailureAsync(Guid registrationId, string error, CancellationToken cancellationToken)
    {
        await using var note = database.CreateCommand("UPDATE payments SET last_error = $2 WHERE registration_id = $1 AND due_at IS NOT NULL");
        note.Parameters.Add(new() { Value = registrationId });
        note.Parameters.Add(new() { Value = error });
        await note.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The payments of these registrations, locked for the rest of the transaction.</summary>
    public static async Task<IReadOnlyList<Payment>> LockAsync(UnitOfWork work, Guid[] registrationIds, CancellationToken cancellationToken)
    {
        await using var select = work.Command(
            $"SELECT {PaymentRow.Columns} FROM payments WHERE registration_id = ANY ($1) ORDER BY registration_id FOR UPDATE", registrationIds);
        return await PaymentRow.ReadAsync(select, cancellationToken);
    }

    /// <summary>
    /// Writes the changes whose payment is still as it was before, and publishes their events. Returns, for each, whether it was written: of two changes of
    /// one payment at most one is.
    /// </summary>
    public static async Task<bool[]> WriteAsync(UnitOfWork work, IReadOnlyList<Change> changes, CancellationToken cancellationToken)
    {
        var written = new bool[changes.Count];
        await UpdateAsync(work, changes, written, cancellationToken);
        await InsertAsync(work, changes, written, cancellationToken);
        for (var i = 0; i < written.Length; i++)
            if (written[i] && PaymentEvents.Of(changes[i]) is { } told) work.Publish(told, changes[i].After.Version, changes[i].TraceParent);
        return written;
    }

    /// <summary>Writes what waits, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await opening.DisposeAsync();
        await changing.DisposeAsync();
    }

    private async Task<IReadOnlyList<Opened>> OpenAsync(IReadOnlyList<Payment> requested, CancellationToken cancellationToken)
    {
        var opened = new Opened[requested.Count];
        var known = new List<Guid>();
        var inserted = new HashSet<Guid>(requested.Count);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        // Due when the lease is over and nobody has settled it. In order of the keys, so that two replicas wait for one another and never in a circle.
        await using (var insert = new NpgsqlCommand("""
            INSERT INTO payments (registration_id, payment_id, number, amount, currency, token, status, version, charging_until, due_at)
            SELECT registration_id, payment_id, number, amount, currency, token, 'REQUESTED', 0, now() + $7, now() + $7
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::text[], $6::text[])
              AS requested (registration_id, payment_id, number, amount, currency, token)
            ORDER BY registration_id
            ON CONFLICT (registration_id) DO NOTHING RETURNING payment_id
            """, connection)
        {
            Parameters =
            {
                new() { Value = Column(requested, payment => payment.RegistrationId) },
                new() { Value = Column(requested, payment => payment.PaymentId) },
                new() { Value = Column(requested, payment => payment.Number) },
                new() { Value = Column(requested, payment => payment.Amount) },
                new() { Value = Column(requested, payment => payment.Currency) },
                new() { Value = Column(requested, payment => payment.Token) },
                new() { Value = lease },
            },
        })
            inserted.UnionWith(await insert.IdsAsync(cancellationToken));
        for (var i = 0; i < opened.Length; i++)
            if (inserted.Contains(requested[i].PaymentId)) opened[i] = new Opened(requested[i], IsNew: true);
            else known.Add(requested[i].RegistrationId);
        if (known.Count == 0) return opened;

        // A statement of its own: the first one's snapshot does not hold the rows it ran into.
        await using var select = new NpgsqlCommand($"SELECT {PaymentRow.Columns} FROM payments WHERE registration_id = ANY ($1)", connection) { Parameters = { new() { Value = known.ToArray() } } };
        var payments = (await PaymentRow.ReadAsync(select, cancellationToken)).ToDictionary(payment => payment.RegistrationId);
        for (var i = 0; i < opened.Length; i++)
            if (!opened[i].IsNew) opened[i] = new Opened(payments[requested[i].RegistrationId], IsNew: false);
        return opened;
    }

    private async Task<IReadOnlyList<bool>> ChangeAsync(IReadOnlyList<Change> changes, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        var written = await WriteAsync(work, changes, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return written;
    }

    private static async Task UpdateAsync(UnitOfWork work, IReadOnlyList<Change> all, bool[] written, CancellationToken cancellationToken)
    {
        var places = Places(all, change => change.Before is not null);
        if (places.Length == 0) return;
        await using var update = work.Command("""
            UPDATE payments
            SET status = change.status, version = change.version, provider_reference = change.provider_reference, reason = change.reason,
                reversal_due = change.reversal_due, refund_amount = change.refund_amount, token = NULL, changed_at = now(),
                due_at = CASE WHEN change.reversal_due OR change.status = 'REFUND_DUE' THEN now() END,
                attempts = CASE WHEN change.reversal_due OR change.status = 'REFUND_DUE' THEN 0 ELSE payments.attempts END,
                last_error = CASE WHEN change.reversal_due OR change.status = 'REFUND_DUE' THEN NULL ELSE payments.last_error END
            FROM (
              SELECT * FROM unnest($1::int[], $2::uuid[], $3::text[], $4::int[], $5::boolean[], $6::text[], $7::int[], $8::text[], $9::text[], $10::boolean[], $11::int[])
                AS change (place, registration_id, was_status, was_version, was_reversal_due, status, version, provider_reference, reason, reversal_due, refund_amount)
              ORDER BY registration_id) AS change
            WHERE payments.registration_id = change.registration_id AND payments.status = change.was_status
              AND payments.version = change.was_version AND payments.reversal_due = change.was_reversal_due
            RETURNING change.place
            """,
            places,
            Column(all, places, change => change.After.RegistrationId),
            Column(all, places, change => PaymentRow.Name(change.Before!.Status)),
            Column(all, places, change => change.Before!.Version),
            Column(all, places, change => change.Before!.ReversalDue),
            Column(all, places, change => PaymentRow.Name(change.After.Status)),
            Column(all, places, change => change.After.Version),
            Column(all, places, change => change.After.ProviderReference),
            Column(all, places, change => change.After.Reason),
            Column(all, places, change => change.After.ReversalDue),
            Column(all, places, change => change.After.RefundAmount));
        await using var rows = await update.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) written[rows.GetInt32(0)] = true;
    }

    /// <summary>Payments that begin as voided.</summary>
    private static async Task InsertAsync(UnitOfWork work, IReadOnlyList<Change> all, bool[] written, CancellationToken cancellationToken)
    {
        var places = Places(all, change => change.Before is null);
        if (places.Length == 0) return;
        var byPaymentId = places.ToDictionary(place => all[place].After.PaymentId);
        await using var insert = work.Command("""
            INSERT INTO payments (registration_id, payment_id, number, amount, currency, status, version)
            SELECT registration_id, payment_id, number, amount, currency, 'VOIDED', version
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::text[], $6::int[]) AS voided (registration_id, payment_id, number, amount, currency, version)
            ORDER BY registration_id
            ON CONFLICT (registration_id) DO NOTHING RETURNING payment_id
            """,
            Column(all, places, change => change.After.RegistrationId),
            Column(all, places, change => change.After.PaymentId),
            Column(all, places, change => change.After.Number),
            Column(all, places, change => change.After.Amount),
            Column(all, places, change => change.After.Currency),
            Column(all, places, change => change.After.Version));
        await using var rows = await insert.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) written[byPaymentId[rows.GetGuid(0)]] = true;
    }

    private static int[] Places(IReadOnlyList<Change> changes, Func<Change, bool> chosen)
    {
        var places = new List<int>(changes.Count);
        for (var i = 0; i < changes.Count; i++)
            if (chosen(changes[i])) places.Add(i);
        return [.. places];
    }

    private static TValue[] Column<TValue>(IReadOnlyList<Change> changes, int[] places, Func<Change, TValue> value) =>
        Array.ConvertAll(places, place => value(changes[place]));

    private static TValue[] Column<TValue>(IReadOnlyList<Payment> payments, Func<Payment, TValue> value)
    {
        var column = new TValue[payments.Count];
        for (var i = 0; i < column.Length; i++) column[i] = value(payments[i]);
        return column;
    }
}
