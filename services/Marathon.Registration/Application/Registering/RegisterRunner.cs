using System.Diagnostics;
using System.Security.Cryptography;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Values;

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

    /// <summary>What became of it, or of the same request before, is not known yet; come again in a moment.</summary>
    public sealed record Unsettled : RegisterResult;
}

/// <summary>Holds a place, charges, confirms. Every way out leaves either a settled registration or one that the resolver will settle.</summary>
public sealed class RegisterRunnerHandler(
    IRaces races, IRegistrations registrations, IPayments payments, AccessKeys keys, RegistrationMeter meter, TimeProvider time, ILogger<RegisterRunnerHandler> logger)
{
    private const int LongestToken = 200;

    /// <summary>For the hold and for the confirmation: with the payment's total timeout between them, less than the gateway's five seconds.</summary>
    private static readonly TimeSpan StoreDeadline = HeldRegistration.Patience;

    /// <summary>Less than the time after which the resolver takes a request for dead.</summary>
    private static readonly TimeSpan PromiseDeadline = TimeSpan.FromSeconds(14), PauseBeforeNoting = TimeSpan.FromMilliseconds(300);

    /// <summary>Leaves a repeat the time to charge and to note the promise before the resolver takes the first request for dead.</summary>
    private static readonly TimeSpan LatestRepeat = TimeSpan.FromSeconds(10);

    /// <summary>Answers within the hold's deadline plus the payment's total timeout.</summary>
    public Task<RegisterResult> HandleAsync(RegisterRunner command, CancellationToken cancellationToken) => HandleAsync(command, isRefreshed: false, cancellationToken);

    private async Task<RegisterResult> HandleAsync(RegisterRunner command, bool isRefreshed, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var errors = new Dictionary<string, FormattableString>();
        if (FindDivision(command, errors) is not (var race, var division))
        {
            if (isRefreshed) return await RefuseAsync(command, new RegisterResult.Invalid(errors), cancellationToken);
            // It may have been added at another replica just now.
            await races.RefreshAsync(cancellationToken);
            return await HandleAsync(command, isRefreshed: true, cancellationToken);
        }
        if (command.Amount is { } amount && amount != division.Fee) errors["amount"] = $"must be the fee, {division.Fee} {race.Currency}";
        if (command.PaymentToken is { Length: > LongestToken }) errors["payment.token"] = $"is longer than {LongestToken} characters";
        else if (command.PaymentToken?.Any(char.IsControl) == true) errors["payment.token"] = $"contains control characters";
        var runner = Runner.Create(command.Name, command.PhoneNo, command.Address, command.TopSize, command.BottomSize, command.Language, division, errors);
        if (runner is null || errors.Count > 0) return await RefuseAsync(command, new RegisterResult.Invalid(errors), cancellationToken);
        if ((race.Refuses(now) ?? (races.IsKnownFull(division.Id) ? Rejection.RaceFull : null)) is { } reason)
            return await RefuseAsync(command, new RegisterResult.Refused(reason), cancellationToken);

        var id = Guid.CreateVersion7(now);
        var held = new HeldRegistration(id, RegistrationNumber.From(RandomNumberGenerator.GetBytes(5)), AccessKeys.Hash(keys.Of(id)), race, division, runner,
            division.Fee, command.PaymentToken, command.IdempotencyKey, now, now + race.HoldTime, Activity.Current?.Id);
        if (registrations.Hold(held) is not { } holding) return new RegisterResult.Overloaded();
        HoldResult hold;
        try { hold = await holding.WaitAsync(StoreDeadline, CancellationToken.None); }
        // Whether it was stored is not known. If it was, it is neither awaited nor charged: a repeat goes on with it, or the resolver gives the place back.
        catch (TimeoutException) { return new RegisterResult.Overloaded(); }
        if (hold.IsTooLate) return new RegisterResult.Overloaded();
        if (hold.IsOutdated) await races.RefreshAsync(cancellationToken);
        if (hold.IsOutdated || hold.IsNumberTaken) return await HandleAsync(command, isRefreshed, cancellationToken);
        if (hold.Earlier is { } earlier) return await RepeatAsync(command, earlier, cancellationToken);
        if (hold.IsUnsettled) return new RegisterResult.Unsettled();
        if (hold.Rejection is { } rejection)
        {
            if (rejection == Rejection.RaceFull) races.NoteFull(division.Id);
            meter.Refused(rejection);
            return new RegisterResult.Refused(rejection);
        }

        // From here on the caller may leave: what was begun is finished.
        if (await SettleAsync(held) is not { } status) return new RegisterResult.Unsettled();
        meter.Registered(status);
        return new RegisterResult.Settled(id, held.Number.Text, status, race, division, held.Amount);
    }

    /// <summary>What the same request was told before holds, whatever has become of the race since; only who is new is refused.</summary>
    private async Task<RegisterResult> RefuseAsync(RegisterRunner command, RegisterResult refusal, CancellationToken cancellationToken)
    {
        if (command.IdempotencyKey is { } key)
        {
            if (registrations.Recall(key) is not { } recalling) return new RegisterResult.Overloaded();
            HoldResult? before;
            try { before = await recalling.WaitAsync(StoreDeadline, cancellationToken); }
            catch (TimeoutException) { return new RegisterResult.Overloaded(); }
            if (before?.Earlier is { } earlier) return await RepeatAsync(command, earlier, cancellationToken);
            if (before?.Rejection is { } reused) refusal = new RegisterResult.Refused(reused);
        }
        if (refusal is RegisterResult.Refused refused) meter.Refused(refused.Reason);
        return refusal;
    }

    /// <summary>
    /// As it stands. A place that nobody has paid for, and that nobody was promised, belongs to a request that died or is still on its way: this one goes on with it,
    /// as the same payment.
    /// </summary>
    private async Task<RegisterResult> RepeatAsync(RegisterRunner command, StoredRegistration earlier, CancellationToken cancellationToken)
    {
        if (Division(earlier) is null) await races.RefreshAsync(cancellationToken);
        var (race, division) = (races.Find(earlier.RaceId)!, Division(earlier)!);
        var status = earlier.Status;
        if (status == RegistrationStatus.Held && !earlier.AwaitsPayment)
        {
            // The resolver may be voiding it: nothing can be promised.
            if (time.GetUtcNow() - earlier.HeldAt > LatestRepeat || !RegistrationNumber.TryParse(earlier.Number, out var number)) return new RegisterResult.Unsettled();
            if (await SettleAsync(new HeldRegistration(earlier.Id, number.Value, AccessKeys.Hash(keys.Of(earlier.Id)), race, division, earlier.Runner, earlier.Amount,
                    command.PaymentToken, command.IdempotencyKey, earlier.HeldAt, earlier.HoldUntil, Activity.Current?.Id)) is not { } settled) return new RegisterResult.Unsettled();
            status = settled;
        }
        return new RegisterResult.Settled(earlier.Id, earlier.Number, status, race, division, earlier.Amount);

        Division? Division(StoredRegistration registration) => races.Find(registration.RaceId)?.Divisions.FirstOrDefault(division => division.Id == registration.DivisionId);
    }

    /// <summary>
    /// Where it stands, or will: what Payment has decided and cannot be written now, the resolver writes. HELD when its payment is awaited, or is there and not written. Null when that it is
    /// awaited is not noted, so that nothing can be promised.
    /// </summary>
    private async Task<RegistrationStatus?> SettleAsync(HeldRegistration held)
    {
        var outcome = PaymentOutcome.Unknown;
        try
        {
            outcome = await payments.ChargeAsync(held, CancellationToken.None);
            return await (outcome switch
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
            // What Payment has decided, it will tell the resolver, too. A place that was paid for is kept, and nothing else is.
            return outcome switch
            {
                PaymentOutcome.Unknown => null,
                PaymentOutcome.Declined => RegistrationStatus.Declined,
                PaymentOutcome.Voided => RegistrationStatus.Expired,
                _ => RegistrationStatus.Held,
            };
        }
    }

    /// <summary>
    /// Notes the promise that the place is kept. Unless it is noted, the resolver takes the request for dead and gives the place back; so it goes on
    /// trying after the runner was told to come again.
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
}
