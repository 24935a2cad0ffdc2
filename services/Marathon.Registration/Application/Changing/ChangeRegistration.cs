using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Values;

namespace Marathon.Registration.Application.Changing;

/// <summary>The runner wants other sizes, or moved, or has another phone number. What is null stays. The name stays: a place is not handed on.</summary>
public sealed record ChangeRegistration(string Number, string AccessKey, string? Name, string? PhoneNo, string? Address, string? TopSize, string? BottomSize);

/// <summary>What the runner is told.</summary>
public abstract record ChangeResult
{
    private ChangeResult() { }

    /// <summary>As it stands now, changed or so already.</summary>
    public sealed record Changed(StoredRegistration Registration) : ChangeResult;

    /// <summary>Number and key name none.</summary>
    public sealed record NotFound : ChangeResult;

    /// <summary>Some fields are wrong.</summary>
    public sealed record Invalid(IReadOnlyDictionary<string, FormattableString> Errors) : ChangeResult;

    /// <summary>It has ended.</summary>
    public sealed record NotActive(RegistrationStatus Status) : ChangeResult;

    /// <summary>The kit has left.</summary>
    public sealed record AlreadyDispatched : ChangeResult;

    /// <summary>With this phone number it would be a person whom the race has already.</summary>
    public sealed record AlreadyRegistered : ChangeResult;
}

/// <summary>
/// Decided against the dispatch by the registration's row, as soon as this service has heard of it. In the moment between, Fulfilment decides: the change is
/// written on the roll, but the kit has left as it was.
/// </summary>
public sealed class ChangeRegistrationHandler(IRegistrations registrations, TimeProvider time)
{
    /// <summary>Changes what is given.</summary>
    public async Task<ChangeResult> HandleAsync(ChangeRegistration command, CancellationToken cancellationToken)
    {
        ChangeResult? refusal = null;
        var (registration, isTwice) = await registrations.ChangeAsync(
            command.Number, AccessKeys.Hash(command.AccessKey), Decide, time.GetUtcNow(), cancellationToken);
        return refusal
            ?? (registration is null ? new ChangeResult.NotFound()
                : isTwice ? new ChangeResult.AlreadyRegistered()
                : new ChangeResult.Changed(registration));

        Runner? Decide(StoredRegistration stored, Race race)
        {
            if (!stored.Status.TakesPlace() || stored.ErasedAt is not null) return Refuse(new ChangeResult.NotActive(stored.Status));
            if (stored.KitDispatched) return Refuse(new ChangeResult.AlreadyDispatched());
            var errors = new Dictionary<string, FormattableString>();
            if (command.Name is not null && Hangul.Compose(command.Name.Trim()) != Hangul.Compose(stored.Name)) errors["name"] = $"cannot be changed: a place is not handed on";
            var division = race.Divisions.First(division => division.Id == stored.DivisionId);
            var runner = stored.Runner.Change(command.PhoneNo, command.Address, command.TopSize, command.BottomSize, division, errors);
            return errors.Count > 0 ? Refuse(new ChangeResult.Invalid(errors)) : runner;
        }

        Runner? Refuse(ChangeResult why)
        {
            refusal = why;
            return null;
        }
    }
}
