using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Application.Erasing;

/// <summary>The person behind a registration is to be forgotten.</summary>
/// <param name="Number">Which.</param>
/// <param name="AccessKey">The runner's; null: an organiser asks.</param>
public sealed record EraseRegistration(string Number, string? AccessKey);

/// <summary>
/// Decides over an erasure, and erases here; every other service follows when it hears of it. Erasing twice is the same as once.
/// </summary>
public sealed class EraseRegistrationHandler(IRegistrations registrations, TimeProvider time)
{
    /// <summary>The registration as it stands after, not erased when it may not be yet; null when number and key name none.</summary>
    public Task<StoredRegistration?> HandleAsync(EraseRegistration command, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return registrations.EraseAsync(command.Number, command.AccessKey is { } key ? AccessKeys.Hash(key) : null,
            (registration, race) => registration.Status.IsErasable(race.Date, now), now, cancellationToken);
    }
}
