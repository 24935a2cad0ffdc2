using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;
using Npgsql;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>HELD → REGISTERED, DECLINED or EXPIRED, by compare-and-set, in batches, with the events; or HELD for longer, as its caller was told.</summary>
internal static class Settling
{
    /// <summary>Before the resolver looks at a payment that was late.</summary>
    private static readonly TimeSpan PauseBeforeResolving = TimeSpan.FromSeconds(1);

    public static async Task<IReadOnlyList<RegistrationStatus>> ConfirmAsync(
        Outbox outbox, IReadOnlyList<HeldRegistration> batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        var changes = batch.Select(held => (held, RegistrationStatus.Registered)).ToList();
        var confirmed = await ChangeAsync(work, changes, now, cancellationToken);
        var results = await StatusesAsync(work, changes, confirmed.Keys, cancellationToken);
        foreach (var held in batch)
            if (confirmed.Remove(held.Id, out var change)) work.Publish(Confirmed(held, change.Runner, now), change.Version, held.TraceParent);
        await work.CommitAsync(cancellationToken);
        return results;
    }

    public static async Task<IReadOnlyList<RegistrationStatus>> ReleaseAsync(
        Outbox outbox, IReadOnlyList<(HeldRegistration Held, RegistrationStatus To)> batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        await Places.LockAsync(work, batch.Select(release => release.Held.Division.Id), cancellationToken);
        // Of several for the same registration the first, so that what is told is what was written: which of them an update takes, nobody knows.
        var firsts = batch.DistinctBy(release => release.Held.Id).ToList();
        var changes = await ChangeAsync(work, firsts, now, cancellationToken);
        var released = firsts.Where(release => changes.ContainsKey(release.Held.Id)).ToList();
        foreach (var (held, to) in released)
        {
            var change = changes[held.Id];
            work.Publish(to == RegistrationStatus.Declined ? Declined(held, change.Runner, now) : Expired(held, change.Runner, now), change.Version, held.TraceParent);
        }
        var results = await StatusesAsync(work, batch, changes.Keys, cancellationToken);
        await Places.ChangeAsync(work, released.Select(release => release.Held.Division.Id), -1, now, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return results;
    }

    /// <summary>Notes the promise that the place is kept, and tells of it once: whoever tries again after a lost answer finds it noted.</summary>
    public static async Task<IReadOnlyList<RegistrationStatus>> AwaitAsync(
        Outbox outbox, IReadOnlyList<HeldRegistration> batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        Dictionary<Guid, (int Version, RunnerDetails Runner)> promised;
        await using (var update = work.Command($"""
            UPDATE registrations SET awaits_payment = true, resolve_at = least(resolve_at, $2), version = version + 1
            FROM {StoredRegistrations.InOrder} AS promised
            WHERE registrations.id = promised.id AND status = $3 AND NOT awaits_payment
            RETURNING {AsItIs}
            """, batch.Select(held => held.Id).ToArray(), (now + PauseBeforeResolving).UtcDateTime, "HELD"))
            promised = await ReadAsync(update, cancellationToken);
        var results = await StatusesAsync(work, [.. batch.Select(held => (held, RegistrationStatus.Held))], promised.Keys, cancellationToken);
        foreach (var held in batch)
            if (promised.Remove(held.Id, out var change)) work.Publish(Awaiting(held, change.Runner, now), change.Version, held.TraceParent);
        await work.CommitAsync(cancellationToken);
        return results;
    }

    /// <summary>Those that were still in a state before the wished one. The runner may have been changed since the place was held.</summary>
    private static async Task<Dictionary<Guid, (int Version, RunnerDetails Runner)>> ChangeAsync(
        UnitOfWork work, IReadOnlyList<(HeldRegistration Held, RegistrationStatus To)> changes, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var update = work.Command($"""
            UPDATE registrations SET status = change.to_status, pay_status = change.pay_status, payment_token = NULL, version = version + 1,
              confirmed_at = CASE change.to_status WHEN 'REGISTERED' THEN $4 ELSE confirmed_at END
            FROM (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) AS change (id, to_status, pay_status) ORDER BY id) AS change
            WHERE registrations.id = change.id AND status = ANY ($5)
            RETURNING {AsItIs}
            """,
            changes.Select(change => change.Held.Id).ToArray(), changes.Select(change => change.To.Text()).ToArray(),
            changes.Select(change => PayStatusOf(change.To)).ToArray(), now.UtcDateTime,
            changes.SelectMany(change => RegistrationLifecycle.Before(change.To)).Distinct().Select(status => status.Text()).ToArray());
        return await ReadAsync(update, cancellationToken);
    }

    /// <summary>Said only of who does not want all messages.</summary>
    public static bool? Told(bool wantsAllMessages) => wantsAllMessages ? null : false;

    private const string AsItIs = "registrations.id, version, name, phone_no, address, top_size, bottom_size, language, wants_all_messages";

    private static async Task<Dictionary<Guid, (int Version, RunnerDetails Runner)>> ReadAsync(NpgsqlCommand update, CancellationToken cancellationToken)
    {
        var changed = new Dictionary<Guid, (int, RunnerDetails)>();
        await using var rows = await update.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            changed[rows.GetGuid(0)] = (rows.GetInt32(1), new RunnerDetails(
                rows.GetString(2), rows.GetString(3), rows.GetString(4), rows.GetString(5), rows.GetString(6), rows.GetString(7), Told(rows.GetBoolean(8))));
        return changed;
    }

    /// <summary>Where each of <paramref name="wished"/> stands now. Those <paramref name="changed"/> are where they should be; for the others, somebody was faster, if only a neighbour.</summary>
    private static async Task<IReadOnlyList<RegistrationStatus>> StatusesAsync(
        UnitOfWork work, IReadOnlyList<(HeldRegistration Held, RegistrationStatus To)> wished, IReadOnlyCollection<Guid> changed, CancellationToken cancellationToken)
    {
        var statuses = wished.GroupBy(wish => wish.Held.Id).Where(wish => wish.Count() == 1 && changed.Contains(wish.Key)).ToDictionary(wish => wish.Key, wish => wish.Single().To);
        var others = wished.Select(wish => wish.Held.Id).Where(id => !statuses.ContainsKey(id)).Distinct().ToArray();
        if (others.Length > 0)
        {
            await using var select = work.Command("SELECT id, status FROM registrations WHERE id = ANY ($1)", others);
            await using var rows = await select.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken)) statuses[rows.GetGuid(0)] = RegistrationLifecycle.Parse(rows.GetString(1));
        }
        return [.. wished.Select(wish => statuses[wish.Held.Id])];
    }

    private static string PayStatusOf(RegistrationStatus status) => status switch
    {
        RegistrationStatus.Registered => PayStatus.Completed,
        RegistrationStatus.Declined => PayStatus.Declined,
        _ => PayStatus.Voided,
    };

    private static RegistrationAwaitingPayment Awaiting(HeldRegistration held, RunnerDetails runner, DateTimeOffset now) => new()
    {
        RegistrationId = held.Id, Number = held.Number.Text, At = now, RaceId = held.Race.Id, RaceName = held.Race.Name, RaceDate = held.Race.Date,
        DivisionId = held.Division.Id, DivisionName = held.Division.Name, Runner = runner, Amount = held.Amount, Currency = held.Race.Currency,
        HoldUntil = held.HoldUntil, AccessKeyHash = Convert.ToBase64String(held.AccessKeyHash),
    };

    private static RegistrationConfirmed Confirmed(HeldRegistration held, RunnerDetails runner, DateTimeOffset now) => new()
    {
        RegistrationId = held.Id, Number = held.Number.Text, At = now, RaceId = held.Race.Id, RaceName = held.Race.Name, RaceDate = held.Race.Date,
        DivisionId = held.Division.Id, DivisionName = held.Division.Name, Runner = runner, Amount = held.Amount, Currency = held.Race.Currency,
        AccessKeyHash = Convert.ToBase64String(held.AccessKeyHash),
    };

    private static RegistrationDeclined Declined(HeldRegistration held, RunnerDetails runner, DateTimeOffset now) => new()
    {
        RegistrationId = held.Id, Number = held.Number.Text, At = now, RaceId = held.Race.Id, RaceName = held.Race.Name,
        DivisionId = held.Division.Id, DivisionName = held.Division.Name, Runner = runner,
    };

    private static RegistrationExpired Expired(HeldRegistration held, RunnerDetails runner, DateTimeOffset now) => new()
    {
        RegistrationId = held.Id, Number = held.Number.Text, At = now, RaceId = held.Race.Id, RaceName = held.Race.Name,
        DivisionId = held.Division.Id, DivisionName = held.Division.Name, Runner = runner,
    };
}
