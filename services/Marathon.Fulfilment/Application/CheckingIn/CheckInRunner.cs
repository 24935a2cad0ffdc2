using Marathon.Contracts;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.CheckingIn;

/// <summary>A runner is there.</summary>
/// <param name="Number">The registration's number.</param>
/// <param name="AccessKey">The runner's own key; null where the crew checks in.</param>
/// <param name="By">The crew's account, or <c>runner</c>.</param>
public sealed record CheckIn(string Number, string? AccessKey, string By);

/// <summary>What became of it.</summary>
public abstract record CheckInResult
{
    /// <summary>They may run.</summary>
    public sealed record Done(int Bib, DateTimeOffset At) : CheckInResult;

    /// <summary>They were there before.</summary>
    public sealed record Already(int Bib, DateTimeOffset At) : CheckInResult;

    /// <summary>Their place is held, and not paid for yet.</summary>
    public sealed record Unpaid : CheckInResult;

    /// <summary>Their registration has ended.</summary>
    public sealed record Ended : CheckInResult;

    /// <summary>No such registration, or not this key.</summary>
    public sealed record Unknown : CheckInResult;

    /// <summary>It is confirmed, and has not come onto the roll yet: a matter of seconds, in a rush of minutes.</summary>
    public sealed record NotYetOnRoll : CheckInResult;

    /// <summary>Registration cannot be asked.</summary>
    public sealed record Unanswered : CheckInResult;
}

/// <summary>Lets a runner in, if Registration says now that the registration stands.</summary>
public sealed class CheckInRunner(IRegistrations registrations, IRoll roll, IDeliveries deliveries, Outbox outbox, TimeProvider time)
{
    /// <summary>Nothing is locked while Registration is asked. Who cancels after that has been there before.</summary>
    public async Task<CheckInResult> HandleAsync(CheckIn command, CancellationToken cancellationToken)
    {
        switch (await registrations.StandingAsync(command.Number, command.AccessKey, cancellationToken))
        {
            case Standing.Unanswered: return new CheckInResult.Unanswered();
            case Standing.Unknown: return new CheckInResult.Unknown();
            case Standing.Unpaid: return new CheckInResult.Unpaid();
            case Standing.Ended: return new CheckInResult.Ended();
        }
        await using var work = await outbox.BeginAsync(cancellationToken);
        if (await roll.LockAsync(command.Number, work, cancellationToken) is not { } line) return new CheckInResult.NotYetOnRoll();
        if (line.RemovedAt is not null) return new CheckInResult.Ended();
        if (line.CheckedInAt is { } before) return new CheckInResult.Already(line.Bib, before);
        var now = time.GetUtcNow();
        await roll.CheckInAsync(line.RegistrationId, command.By, now, work, cancellationToken);
        var version = await deliveries.TellAsync(line.RegistrationId, work, cancellationToken);
        work.Publish(new RunnerCheckedIn { RegistrationId = line.RegistrationId, Number = line.Number, Bib = line.Bib, At = now }, version);
        await work.CommitAsync(cancellationToken);
        return new CheckInResult.Done(line.Bib, now);
    }
}
