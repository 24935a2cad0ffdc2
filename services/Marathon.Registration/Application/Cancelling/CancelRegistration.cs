using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Application.Cancelling;

/// <summary>The place is given up.</summary>
/// <param name="Number">Whose.</param>
/// <param name="AccessKey">The runner's; null: an organiser does it for a runner who asks for it.</param>
public sealed record CancelRegistration(string Number, string? AccessKey);

/// <summary>
/// Decided against a simultaneous confirmation by the registration's row. Cancelling twice is the same as once. What was paid comes back by the
/// race's policy, whoever cancels; a registration that was never confirmed owes nothing, and a charge still under way is voided or paid back whole by Payment.
/// </summary>
public sealed class CancelRegistrationHandler(IRegistrations registrations, TimeProvider time)
{
    /// <summary>The registration as it stands after; null when number and key name none.</summary>
    public Task<StoredRegistration?> HandleAsync(CancelRegistration command, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return registrations.CancelAsync(
            command.Number, command.AccessKey is { } key ? AccessKeys.Hash(key) : null, (registration, race) => RefundOf(registration, race, now), now, cancellationToken);
    }

    /// <summary>What would come back if the registration were cancelled now, in the smallest unit of the race's currency.</summary>
    public int RefundOf(StoredRegistration registration, Race race) => RefundOf(registration, race, time.GetUtcNow());

    private static int RefundOf(StoredRegistration registration, Race race, DateTimeOffset now) =>
        registration.Status == RegistrationStatus.Registered ? race.RefundPolicy.RefundOf(registration.Amount, race.Date, Race.DayOf(now)) : 0;
}
