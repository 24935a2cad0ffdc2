using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Application.Cancelling;

/// <summary>The runner gives the place up.</summary>
public sealed record CancelRegistration(string Number, string AccessKey);

/// <summary>
/// Decided against a simultaneous confirmation by the registration's row. Cancelling twice is the same as once. What was paid comes back by the
/// race's policy; a registration that was never confirmed owes nothing, and a charge still under way is voided or paid back whole by Payment.
/// </summary>
public sealed class CancelRegistrationHandler(IRegistrations registrations, TimeProvider time)
{
    /// <summary>The registration as it stands after; null when number and key name none.</summary>
    public Task<StoredRegistration?> HandleAsync(CancelRegistration command, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return registrations.CancelAsync(command.Number, AccessKeys.Hash(command.AccessKey), RefundOf, now, cancellationToken);

        int RefundOf(StoredRegistration registration, Race race) =>
            registration.Status == RegistrationStatus.Registered ? race.RefundPolicy.RefundOf(registration.Amount, race.Date, Race.DayOf(now)) : 0;
    }
}
