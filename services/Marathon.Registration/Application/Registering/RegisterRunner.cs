using System.Diagnostics;
using System.Security.Cryptography;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Application.Registering;

/// <summary>What a runner sends; nothing in it is believed yet.</summary>
public sealed record RegisterRunner(
    Guid? RaceId, Guid? DivisionId, string? Name, string? PhoneNo, string? Address, string? TopSize, string? BottomSize, int? Amount, string? PaymentToken,
    string Language, IdempotencyKey? IdempotencyKey);

/// <summary>What the runner is told.</summary>
public abstract record RegisterResult
{
    private RegisterResult() { }

    /// <summary>A place is held or taken, or the payment was declined: see the status.</summary>
    public sealed record Settled(Guid Id, string Number, RegistrationStatus Status, Race Race, Division Division, int Amount) : RegisterResult;

    /// <summary>Some fields are wrong.</summary>
    public sealed record Invalid(IReadOnlyDictionary<string, FormattableString> Errors) : RegisterResult;

    /// <summary>A rule stands against it.</summary>
    public sealed record Refused(Rejection Reason) : RegisterResult;

    /// <summary>Too many wait; come again in a moment.</summary>
    public sealed record Overloaded : RegisterResult;
}

/// <summary>Holds a place, charges, confirms. Every way out leaves either a settled registration or one that the resolver will settle.</summary>
public sealed class RegisterRunnerHandler(
    IRaces races, IRegistrations registrations, IPayments payments, AccessKeys keys, RegistrationMeter meter, TimeProvider time, ILogger<RegisterRunnerHandler> logger)
{
    private const int LongestToken = 200;

    /// <summary>For the hold and for the confirmation: with the payment's total timeout between them, less than the gateway's five seconds.</summary>
    private static readonly TimeSpan StoreDeadline = TimeSpan.FromSeconds(1.5);

    /// <summary>Less than the time after which the resolver takes a request for dead.</summary>
    private static readonly TimeSpan PromiseDeadline = TimeSpan.FromSeconds(14), PauseBeforeNoting = TimeSpan.FromMilliseconds(300);

    /// <summary>Answers within the hold's deadline plus the payment's total timeout.</summary>
    public Task<RegisterResult> HandleAsync(RegisterRunner command, CancellationToken cancellationToken) => HandleAsync(command, isRefreshed: false, cancellationToken);

    private async Task<RegisterResult> HandleAsync(RegisterRunner command, bool isRefreshed, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var errors = new Dictionary<string, FormattableString>();
        if (FindDivision(command, errors) is not (var race, var division))
        {
            if (isRefreshed) return new RegisterResult.Invalid(errors);
            // It may have been added at another replica just now.
            await races.RefreshAsync(cancellationToken);
            return await HandleAsync(command, isRefreshed: true, cancellationToken);
        }
        if (command.Amount is { } amount && amount != division.Fee) errors["amount"] = $"must be the fee, {division.Fee} {race.Currency}";
        if (command.PaymentToken is { Length: > LongestToken }) errors["payment.token"] = $"is longer than {LongestToken} characters";
        else if (command.PaymentToken?.Any(char.IsControl) == true) errors["payment.token"] = $"contains control characters";
        var runner = Runner.Create(command.Name, command.PhoneNo, command.Address, command.TopSize, command.BottomSize, command.Language, division, errors);
        if (runner is null || errors.Count > 0) return new RegisterResult.Invalid(errors);
        if (race.Refuses(now) is { } closed) return Refused(closed);
        if (races.IsKnownFull(division.Id) && command.IdempotencyKey is null) return Refused(Rejection.RaceFull);

        var id = Guid.CreateVersion7(now);
        var held = new HeldRegistration(id, RegistrationNumber.From(RandomNumberGenerator.GetBytes(5)), AccessKeys.Hash(keys.Of(id)), race, division, runner,
            division.Fee, command.PaymentToken, command.IdempotencyKey, now, now + race.HoldTime, Activity.Current?.Id);
        if (registrations.Hold(held) is not { } holding) return new RegisterResult.Overloaded();
        HoldResult hold;
        try { hold = await holding.WaitAsync(StoreDeadline, CancellationToken.None); }
        // Whether it was stored is not known. If it was, it is neither awaited nor charged, so the resolver gives the place back.
        catch (TimeoutException) { return new RegisterResult.Overloaded(); }
        if (hold.IsOutdated) await races.RefreshAsync(cancellationToken);
        if (hold.IsOutdated || hold.IsNumberTaken) return await HandleAsync(command, isRefreshed, cancellationToken);
        if (hold.Earlier is { } earlier) return Settled(earlier);
        if (hold.Rejection is { } rejection)
        {
            if (rejection == Rejection.RaceFull) races.NoteFull(division.Id);
            return Refused(rejection);
        }

        // From here on the caller may leave: what was begun is finished.
        var status = await SettleAsync(held);
        meter.Registered(status);
        return new RegisterResult.Settled(id, held.Number.Text, status, race, division, held.Amount);
    }

    /// <summary>HELD when it cannot be settled now, for whatever reason: the resolver will.</summary>
    private async Task<RegistrationStatus> SettleAsync(HeldRegistration held)
    {
        try
        {
            return await (await payments.ChargeAsync(held, CancellationToken.None) switch
            {
                PaymentOutcome.Completed => registrations.ConfirmAsync(held, CancellationToken.None),
                PaymentOutcome.Declined => registrations.ReleaseAsync(held, RegistrationStatus.Declined, CancellationToken.None),
                PaymentOutcome.Voided => registrations.ReleaseAsync(held, RegistrationStatus.Expired, CancellationToken.None),
                _ => AwaitPaymentAsync(held),
            }).WaitAsync(StoreDeadline, CancellationToken.None);
        }
        catch (Exception exception)
        {
            logger.LogWarning("Registration {RegistrationId} is left to the resolver: {Reason}", held.Id, exception.Message);
            return RegistrationStatus.Held;
        }
    }

    /// <summary>
    /// Notes the promise that the place is kept. Unless it is noted, the resolver takes the request for dead and gives the place back; so it goes on
    /// trying after the runner was answered.
    /// </summary>
    private async Task<RegistrationStatus> AwaitPaymentAsync(HeldRegistration held)
    {
        while (true)
        {
            try { return await registrations.AwaitPaymentAsync(held, CancellationToken.None); }
            catch (Exception exception) when (time.GetUtcNow() - held.HeldAt < PromiseDeadline)
            {
                logger.LogWarning("That {RegistrationId} awaits its payment is noted later: {Reason}", held.Id, exception.Message);
                await Task.Delay(PauseBeforeNoting, time);
            }
        }
    }

    private (Race, Division)? FindDivision(RegisterRunner command, Dictionary<string, FormattableString> errors)
    {
        var race = command.RaceId is { } raceId ? races.Find(raceId) : races.Default;
        if (race is null)
        {
            errors["raceId"] = $"is no race that we know; GET /races lists them";
            return null;
        }
        var division = command.DivisionId is { } divisionId
            ? race.Divisions.FirstOrDefault(candidate => candidate.Id == divisionId)
            : race.Divisions is [var only] ? only : null;
        if (division is not null) return (race, division);
        if (command.DivisionId is null) errors["divisionId"] = $"is required: this race has several divisions";
        else errors["divisionId"] = $"is no division of this race";
        return null;
    }

    private RegisterResult.Settled Settled(StoredRegistration earlier)
    {
        var race = races.Find(earlier.RaceId)!;
        return new RegisterResult.Settled(earlier.Id, earlier.Number, earlier.Status, race, race.Divisions.First(division => division.Id == earlier.DivisionId), earlier.Amount);
    }

    private RegisterResult.Refused Refused(Rejection reason)
    {
        meter.Refused(reason);
        return new RegisterResult.Refused(reason);
    }
}
