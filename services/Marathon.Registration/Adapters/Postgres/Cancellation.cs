using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>HELD or REGISTERED → CANCELLED under the locks of the division and the registration.</summary>
internal static class Cancellation
{
    /// <summary>The registration as it stands after: unchanged when it can no longer be cancelled, or already is; null when number and key name none. No key: an organiser asks.</summary>
    public static async Task<StoredRegistration?> CancelAsync(
        UnitOfWork work, string number, byte[]? accessKeyHash, Func<StoredRegistration, Race, int?> refundOf, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var look = work.Command(StoredRegistrations.ByNumber(), number);
        // Whoever comes once more keeps nobody from the division.
        var before = await StoredRegistrations.FindForAsync(look, accessKeyHash, cancellationToken);
        if (before is null || !before.CanBeCancelled) return before;
        await Places.LockAsync(work, [before.DivisionId], cancellationToken);
        await using var select = work.Command(StoredRegistrations.ByNumber("FOR UPDATE"), number);
        var registration = (await StoredRegistrations.FindForAsync(select, accessKeyHash, cancellationToken))!;
        if (!registration.CanBeCancelled) return registration;
        var race = (await StoredRaces.FindAsync(work, registration.RaceId, cancellationToken))!;

        // As exactly as the database keeps it, so that whoever cancels again is told the same instant.
        now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
        if (refundOf(registration, race) is not { } refundDue) return registration;
        var wasConfirmed = registration.Status == RegistrationStatus.Registered;
        var payStatus = !wasConfirmed ? PayStatus.Voided : refundDue > 0 ? PayStatus.RefundDue : registration.PayStatus;
        await using var update = work.Command("""
            UPDATE registrations SET status = 'CANCELLED', pay_status = $2, refund_due = $3, cancelled_at = $4, payment_token = NULL, version = version + 1
            WHERE id = $1 RETURNING version
            """, registration.Id, payStatus, refundDue, now.UtcDateTime);
        var version = (int)(await update.ExecuteScalarAsync(cancellationToken))!;
        await Places.ChangeAsync(work, [registration.DivisionId], -1, now, cancellationToken);
        work.Publish(new RegistrationCancelled
        {
            RegistrationId = registration.Id, Number = registration.Number, At = now, RaceId = registration.RaceId, RaceName = race.Name,
            DivisionId = registration.DivisionId, DivisionName = race.Divisions.Single(division => division.Id == registration.DivisionId).Name,
            Runner = new RunnerDetails(registration.Name, registration.PhoneNo, registration.Address, registration.TopSize, registration.BottomSize, registration.Language,
                Settling.Told(registration.WantsAllMessages)),
            WasConfirmed = wasConfirmed, RefundDue = refundDue, Currency = race.Currency,
        }, version);
        return registration with { Status = RegistrationStatus.Cancelled, PayStatus = payStatus, RefundDue = refundDue, CancelledAt = now };
    }
}
