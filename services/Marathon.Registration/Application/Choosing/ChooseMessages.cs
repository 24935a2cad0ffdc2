using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Application.Choosing;

/// <summary>The runner wants all messages, or only those on which something depends. Also when the kit has left, for as long as the registration stands.</summary>
public sealed record ChooseMessages(string Number, string AccessKey, bool All);

/// <summary>Decided by the registration's row, as every change is.</summary>
public sealed class ChooseMessagesHandler(IRegistrations registrations, TimeProvider time)
{
    /// <summary>The registration as it stands after, chosen so or ended; null when number and key name none.</summary>
    public async Task<StoredRegistration?> HandleAsync(ChooseMessages command, CancellationToken cancellationToken)
    {
        var (registration, _) = await registrations.ChangeAsync(
            command.Number, AccessKeys.Hash(command.AccessKey), Decide, time.GetUtcNow(), cancellationToken);
        return registration;

        Runner? Decide(StoredRegistration stored, Race race) =>
            stored.Status.TakesPlace() && stored.ErasedAt is null ? stored.Runner with { WantsAllMessages = command.All } : null;
    }
}
