using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>HELD → REGISTERED, DECLINED or EXPIRED, by compare-and-set, in batches, with the events.</summary>
internal static class Settling
{
    public static async Task<IReadOnlyList<RegistrationStatus>> ConfirmAsync(
        Outbox outbox, IReadOnlyList<HeldRegistration> batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        var changes = batch.Select(held => (held, RegistrationStatus.Registered)).ToList();
        var versions = await ChangeAsync(work, changes, now, cancellationToken);
        foreach (var held in batch)
            if (versions.Remove(held.Id, out var version)) work.Publish(Confirmed(held, now), version, held.TraceParent);
        var results = await StatusesAsync(work, changes, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return results;
    }

    public static async Task<IReadOnlyList<RegistrationStatus>> ReleaseAsync(
        Outbox outbox, IReadOnlyList<(HeldRegistration Held, RegistrationStatus To)> batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        var versions = await ChangeAsync(work, batch, now, cancellationToken);
        var released = batch.Where(release => versions.ContainsKey(release.Held.Id)).DistinctBy(release => release.Held.Id).ToList();
        await Places.LockAsync(work, released.Select(release => release.Held.Division.Id), cancellationToken);
        await Places.ChangeAsync(work, released.Select(release => release.Held.Division.Id), -1, cancellationToken);
        foreach (var (held, to) in released) work.Publish(to == RegistrationStatus.Declined ? Declined(held, now) : Expired(held, now), versions[held.Id], held.TraceParent);
        var results = await StatusesAsync(work, batch, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return results;
    }

    /// <summary>Returns the new version of those that were still in a state before the wished one.</summary>
    private static async Task<Dictionary<Guid, int>> ChangeAsync(
        UnitOfWork work, IReadOnlyList<(HeldRegistration Held, RegistrationStatus To)> changes, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var update = work.Command("""
            UPDATE registrations SET status = change.to_status, pay_status = change.pay_status, payment_token = NULL, version = version + 1,
              confirmed_at = CASE change.to_status WHEN 'REGISTERED' THEN $4 ELSE confirmed_at END
            FROM unnest($1::uuid[], $2::text[], $3::text[]) AS change (id, to_status, pay_status)
            WHERE registrations.id = change.id AND status = ANY ($5)
            RETURNING registrations.id, version
            """,
            changes.Select(change => change.Held.Id).ToArray(), changes.Select(change => change.To.Text()).ToArray(),
            changes.Select(change => PayStatusOf(change.To)).ToArray(), now.UtcDateTime,
            changes.SelectMany(change => RegistrationLifecycle.Before(change.To)).Distinct().Select(status => status.Text()).ToArray());
        var versions = new Dictionary<Guid, int>();
        await using var rows = await update.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) versions[rows.GetGuid(0)] = rows.GetInt32(1);
        return versions;
    }

    private static async Task<IReadOnlyList<RegistrationStatus>> StatusesAsync(
        UnitOfWork work, IReadOnlyList<(HeldRegistration Held, RegistrationStatus To)> changes, CancellationToken cancellationToken)
    {
        await using var select = work.Command("SELECT id, status FROM registrations WHERE id = ANY ($1)", changes.Select(change => change.Held.Id).ToArray());
        var statuses = new Dictionary<Guid, RegistrationStatus>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) statuses[rows.GetGuid(0)] = RegistrationLifecycle.Parse(rows.GetString(1));
        return [.. changes.Select(change => statuses[change.Held.Id])];
    }

    private static string PayStatusOf(RegistrationStatus status) => status switch
    {
        RegistrationStatus.Registered => PayStatus.Completed,
        RegistrationStatus.Declined => PayStatus.Declined,
        _ => PayStatus.Voided,
    };

    private static RegistrationConfirmed Confirmed(HeldRegistration held, DateTimeOffset now) => new()
    {
        RegistrationId = held.Id, Number = held.Number.Text, At = now, RaceId = held.Race.Id, RaceName = held.Race.Name, RaceDate = held.Race.Date,
        DivisionId = held.Division.Id, DivisionName = held.Division.Name, Runner = Details(held.Runner), Amount = held.Amount, Currency = held.Race.Currency,
        AccessKeyHash = Convert.ToBase64String(held.AccessKeyHash),
    };

    private static RegistrationDeclined Declined(HeldRegistration held, DateTimeOffset now) => new()
    {
        RegistrationId = held.Id, Number = held.Number.Text, At = now, RaceId = held.Race.Id, RaceName = held.Race.Name, Runner = Details(held.Runner),
    };

    private static RegistrationExpired Expired(HeldRegistration held, DateTimeOffset now) => new()
    {
        RegistrationId = held.Id, Number = held.Number.Text, At = now, RaceId = held.Race.Id, RaceName = held.Race.Name, Runner = Details(held.Runner),
    };

    private static RunnerDetails Details(Runner runner) => new(runner.Name, runner.PhoneNo, runner.Address, runner.TopSize, runner.BottomSize, runner.Language);
}
