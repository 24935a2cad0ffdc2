using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Application.Cancelling;

/// <summary>What a cancellation meets, and what it gives back, in the smallest unit of the race's currency.</summary>
public sealed record Foreseen(string Status, int RefundDue);

/// <summary>The place is given up.</summary>
/// <param name="Number">Whose.</param>
/// <param name="AccessKey">The runner's; null: an organiser does it for a runner who asks for it.</param>
/// <param name="Shown">What whoever asks was shown: where it is not so any more, nothing is done. Null: however it is.</param>
public sealed record CancelRegistration(string Number, string? AccessKey, Foreseen? Shown = null);

/// <summary>
/// Decided against a simultaneous confirmation by the registration's row. Cancelling twice is the same as once. What was paid comes back by the
/// race's policy, whoever cancels; a registration that was never confirmed owes nothing, and a charge still under way is voided or paid back whole by Payment.
/// </summary>
public sealed class CancelRegistrationHandler(IRegistrations registrations, TimeProvider time)
{
    /// <summary>The registration as it stands after, still to be cancelled where something else was shown; null when number and key name none.</summary>
    public Task<StoredRegistration?> HandleAsync(CancelRegistration command, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return registrations.CancelAsync(command.Number, command.AccessKey is { } key ? AccessKeys.Hash(key) : null, RefundOf, now, cancellationToken);

        int? RefundOf(StoredRegistration registration, Race race) =>
            Foresee(registration, race, now) is var found && (command.Shown is null || command.Shown == found) ? found.RefundDue : null;
    }

    /// <summary>What a cancellation now would meet and give back.</summary>
    public Foreseen Foresee(StoredRegistration registration, Race race) => Foresee(registration, race, time.GetUtcNow());

    private static Foreseen Foresee(StoredRegistration registration, Race race, DateTimeOffset now) => new(
        registration.Status.Text(), registration.Status == RegistrationStatus.Registered ? race.RefundPolicy.RefundOf(registration.Amount, race.Date, Race.DayOf(now)) : 0);
}
