using Marathon.Registration.Application;
using Marathon.Registration.Application.Cancelling;
using Marathon.Registration.Application.Changing;
using Marathon.Registration.Application.Choosing;
using Marathon.Registration.Application.Erasing;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Application.Registering;
using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Values;
using Microsoft.AspNetCore.Http.HttpResults;
using static Marathon.ServiceDefaults.Http.Problems;

namespace Marathon.Registration.Adapters.Http;

/// <summary>What a runner can ask of Registration.</summary>
internal static class RegistrationEndpoints
{
    public static void MapRegistrations(this IEndpointRouteBuilder app)
    {
        app.MapPost("/registrations", RegisterAsync).WithSummary("Register a runner: a place is held, charged and confirmed.");
        app.MapPost("/registrations/register", RegisterAsync).WithSummary("The same, under the original system's path.");
        app.MapGet("/registrations/{number}", FindAsync).WithSummary("The runner's own registration, by access key.");
        app.MapPatch("/registrations/{number}", ChangeAsync).WithSummary("Change sizes, address or phone number, while the kit is with the organiser.");
        app.MapPost("/registrations/{number}/cancel", CancelAsync).WithSummary("Cancel; the refund follows the race's policy.");
        app.MapPatch("/registrations/cancel/{number}", CancelAsync).WithSummary("The same, under the original system's path.");
        app.MapPost("/registrations/{number}/cancellation", CancelForAsync).WithSummary("The same, by an organiser, for a runner who asks for it; with the status and refundDue that were shown, only if they are still so.");
        app.MapGet("/registrations/{number}/cancellation", ForeseeAsync).WithSummary("Whether an organiser can cancel it, and what would come back now.");
        app.MapPost("/registrations/{number}/messages", ChooseAsync).WithSummary("Have all messages, or only those on which something depends: {\"all\": false}.");
        app.MapPost("/registrations/{number}/erase", EraseOwnAsync).WithSummary("Erase who it was, everywhere, once the registration is cancelled or the race is over. Not to be undone.");
        app.MapPost("/registrations/{number}/erasure", EraseAsync).WithSummary("The same, by an organiser.");
        // For the gateway, of a runner who has opened a link that went to the phone number on file.
        app.MapPost("/access-keys", async (LostKey lost, IRegistrations registrations, AccessKeys keys, CancellationToken cancellationToken) =>
            keys.Of(lost.RegistrationId) is var key && await registrations.FindAsync(lost.Number, AccessKeys.Hash(key), cancellationToken) is not null
                ? Results.Ok(new { accessKey = key })
                : NotFound()).ExcludeFromDescription();
        // For Fulfilment at a check-in, which must not let in somebody who has just cancelled: asked, not heard of.
        app.MapPost("/standings", StandingAsync).ExcludeFromDescription();
        // For the gateway's report: the other services know erasures by id.
        app.MapGet("/registrations/{number}/erasure", async (string number, IRegistrations registrations, CancellationToken cancellationToken) =>
            RegistrationNumber.TryParse(number, out var parsed) && await registrations.FindAsync(parsed.Value.Text, cancellationToken) is { } found
                ? Results.Ok(new { registrationId = found.Id, number = found.Number, erasedAt = found.ErasedAt })
                : NotFound("There is no registration with this number.")).ExcludeFromDescription();
    }

    /// <summary>The body of <c>POST /registrations</c>.</summary>
    internal sealed record RegistrationRequest(
        Guid? RaceId, Guid? DivisionId, string? Name, string? PhoneNo, string? Address, string? TopSize, string? BottomSize, int? Amount, PaymentMeans? Payment);

    /// <summary>The body of <c>PATCH /registrations/{number}</c>: what is left out stays.</summary>
    internal sealed record ChangeRequest(string? Name, string? PhoneNo, string? Address, string? TopSize, string? BottomSize);

    /// <summary>The body of <c>POST /registrations/{number}/messages</c>.</summary>
    internal sealed record ChoiceRequest(bool? All);

    private sealed record LostKey(Guid RegistrationId, string Number);

    /// <param name="Number">Of which registration.</param>
    /// <param name="AccessKey">The runner's; null: a member of the crew asks.</param>
    private sealed record StandingRequest(string? Number, string? AccessKey);

    /// <summary>With what is paid.</summary>
    internal sealed record PaymentMeans(string? Token);

    /// <summary>What the runner is told of a registration.</summary>
    internal sealed record RegistrationAnswer(
        Guid RegisterId, string Number, string? AccessKey, string Status, string PayStatus, Guid RaceId, string? RaceName, Guid DivisionId, int Amount, string? Currency, string Message);

    /// <summary>The runner's own registration.</summary>
    internal sealed record RegistrationView(
        Guid RegisterId, string Number, string Status, string PayStatus, Guid RaceId, string? RaceName, Guid DivisionId, string? DivisionName, string Name, string PhoneNo,
        string Address, string TopSize, string BottomSize, int Amount, string? Currency, int? RefundDue, DateTimeOffset? HeldUntil, DateTimeOffset? RegisteredAt,
        DateTimeOffset? CancelledAt, DateTimeOffset? ErasedAt, bool AllMessages, string Message);

    /// <summary>What was shown of the registration; nothing, or both.</summary>
    internal sealed record CancellationRequest(string? Status, int? RefundDue);

    /// <summary>What a cancellation would give back, or has, and of what.</summary>
    internal sealed record CancellationView(string Number, string Status, bool CanBeCancelled, int Amount, int RefundDue, string Currency);

    private static async Task<IResult> RegisterAsync(
        RegistrationRequest? request, HttpContext http, RegisterRunnerHandler handler, AccessKeys keys, CancellationToken cancellationToken)
    {
        var language = Languages.Of(http.Request);
        if (request is null) return Problem(400, "malformed", "The body is empty. Send the registration as JSON.");
        var errors = new Dictionary<string, FormattableString>();
        var once = IdempotencyKeys.Read(http.Request, request, errors);
        if (errors.Count > 0) return Invalid(errors);

        var result = await handler.HandleAsync(new RegisterRunner(
            request.RaceId, request.DivisionId, request.Name, request.PhoneNo, request.Address, request.TopSize, request.BottomSize, request.Amount,
            request.Payment?.Token, language, once), cancellationToken);
        switch (result)
        {
            case RegisterResult.Invalid invalid: return Invalid(invalid.Errors);
            case RegisterResult.Refused { Reason: Rejection.IdempotencyKeyReused }: return RequestKey.Reused();
            case RegisterResult.Refused refused: return Problem(409, Code(refused.Reason), RegistrationTexts.Of(refused.Reason, language));
            case RegisterResult.Overloaded:
                http.Response.Headers.RetryAfter = Random.Shared.Next(1, 5).ToString(System.Globalization.CultureInfo.InvariantCulture);
                return Problem(503, "overloaded", RegistrationTexts.Overloaded(language));
            case RegisterResult.Unsettled:
                http.Response.Headers.RetryAfter = "5";
                return Problem(503, "not-settled-yet", RegistrationTexts.Unsettled(language));
            case RegisterResult.Settled settled: return Answer(settled, http, keys, language);
            default: throw new InvalidOperationException(result.GetType().Name);
        }
    }

    private static IResult Answer(RegisterResult.Settled settled, HttpContext http, AccessKeys keys, string language)
    {
        var message = RegistrationTexts.Of(settled.Status, language);
        var answer = new RegistrationAnswer(
            settled.Id, settled.Number, keys.Of(settled.Id), settled.Status.Text(), settled.Status switch
            {
                RegistrationStatus.Registered => PayStatus.Completed,
                RegistrationStatus.Held => PayStatus.Pending,
                _ => PayStatus.Declined,
            },
            settled.Race.Id, settled.Race.Name, settled.Division.Id, settled.Amount, settled.Race.Currency, message);
        var location = "/registrations/" + settled.Number;
        switch (settled.Status)
        {
            case RegistrationStatus.Registered:
                return TypedResults.Created(location, answer);
            case RegistrationStatus.Held:
                http.Response.Headers.RetryAfter = "2";
                return TypedResults.Accepted(location, answer);
            case RegistrationStatus.Declined:
                return Problem(402, "payment-declined", message, new Dictionary<string, object?> { ["number"] = settled.Number });
            case RegistrationStatus.Expired:
                return Problem(409, "hold-expired", RegistrationTexts.HoldExpired(language), new Dictionary<string, object?> { ["number"] = settled.Number });
            default:
                return Problem(409, "already-cancelled", message, new Dictionary<string, object?> { ["number"] = settled.Number });
        }
    }

    private static async Task<IResult> FindAsync(string number, HttpContext http, IRegistrations registrations, IRaces races, CancellationToken cancellationToken) =>
        TryReadCredentials(number, http.Request, out var parsed, out var accessKey)
        && await registrations.FindAsync(parsed, AccessKeys.Hash(accessKey), cancellationToken) is { } found
            ? View(found, races, http)
            : NotFound();

    private static async Task<IResult> ChangeAsync(
        string number, ChangeRequest? request, HttpContext http, ChangeRegistrationHandler handler, IRaces races, CancellationToken cancellationToken)
    {
        var language = Languages.Of(http.Request);
        if (request is null) return Problem(400, "malformed", "The body is empty. Send what is to be changed as JSON.");
        if (!TryReadCredentials(number, http.Request, out var parsed, out var accessKey)) return NotFound();
        return await handler.HandleAsync(
            new ChangeRegistration(parsed, accessKey, request.Name, request.PhoneNo, request.Address, request.TopSize, request.BottomSize), cancellationToken) switch
        {
            ChangeResult.Changed changed => View(changed.Registration, races, http),
            ChangeResult.Invalid invalid => Invalid(invalid.Errors),
            ChangeResult.NotActive ended => Problem(409, "not-active", RegistrationTexts.NotActive(ended.Status, language)),
            ChangeResult.AlreadyDispatched => Problem(409, "already-dispatched", RegistrationTexts.AlreadyDispatched(language)),
            ChangeResult.AlreadyRegistered => Problem(409, Code(Rejection.AlreadyRegistered), RegistrationTexts.Of(Rejection.AlreadyRegistered, language)),
            _ => NotFound(),
        };
    }

    private static async Task<IResult> CancelAsync(string number, HttpContext http, CancelRegistrationHandler handler, IRaces races, CancellationToken cancellationToken)
    {
        if (!TryReadCredentials(number, http.Request, out var parsed, out var accessKey)
            || await handler.HandleAsync(new CancelRegistration(parsed, accessKey), cancellationToken) is not { } after)
            return NotFound();
        return after.Status == RegistrationStatus.Cancelled
            ? View(after, races, http)
            : Problem(409, "not-active", RegistrationTexts.NotActive(after.Status, Languages.Of(http.Request)));
    }

    private static async Task<IResult> CancelForAsync(
        string number, CancellationRequest? request, HttpContext http, CancelRegistrationHandler handler, IRaces races, CancellationToken cancellationToken)
    {
        if (request is { Status: null, RefundDue: not null }) return Invalid(new Dictionary<string, FormattableString> { ["status"] = $"is required" });
        if (request is { Status: not null, RefundDue: null }) return Invalid(new Dictionary<string, FormattableString> { ["refundDue"] = $"is required" });
        var shown = request is { Status: { } status, RefundDue: { } refundDue } ? new Foreseen(status, refundDue) : null;
        if (!IsOrganisers(number, http, out var parsed) || await handler.HandleAsync(new CancelRegistration(parsed, AccessKey: null, shown), cancellationToken) is not { } after) return NoSuchNumber();
        if (after.Status == RegistrationStatus.Cancelled) return View(after, races, http);
        return after.CanBeCancelled
            ? Problem(409, "refund-differs", "Something has changed since you looked: what would come back is not what you saw. Look at it again.")
            : Problem(409, "not-active", "This registration has ended: it has no place in the race any more.");
    }

    private static async Task<IResult> ForeseeAsync(
        string number, HttpContext http, CancelRegistrationHandler handler, IRegistrations registrations, IRaces races, CancellationToken cancellationToken) =>
        IsOrganisers(number, http, out var parsed) && await registrations.FindAsync(parsed, cancellationToken) is { } found && races.Find(found.RaceId) is { } race
            ? TypedResults.Ok(new CancellationView(
                found.Number, found.Status.Text(), found.CanBeCancelled, found.Amount, found.CanBeCancelled ? handler.Foresee(found, race).RefundDue : found.RefundDue ?? 0, race.Currency))
            : NoSuchNumber();

    private static async Task<IResult> ChooseAsync(
        string number, ChoiceRequest? request, HttpContext http, ChooseMessagesHandler handler, IRaces races, CancellationToken cancellationToken)
    {
        if (request?.All is not { } all) return Invalid(new Dictionary<string, FormattableString> { ["all"] = $"is required" });
        if (!TryReadCredentials(number, http.Request, out var parsed, out var accessKey)
            || await handler.HandleAsync(new ChooseMessages(parsed, accessKey, all), cancellationToken) is not { } after)
            return NotFound();
        return after.Status.TakesPlace() && after.ErasedAt is null
            ? View(after, races, http)
            : Problem(409, "not-active", RegistrationTexts.NotActive(after.Status, Languages.Of(http.Request)));
    }

    private static async Task<IResult> EraseOwnAsync(string number, HttpContext http, EraseRegistrationHandler handler, IRaces races, CancellationToken cancellationToken) =>
        TryReadCredentials(number, http.Request, out var parsed, out var accessKey)
            ? Erased(await handler.HandleAsync(new EraseRegistration(parsed, accessKey), cancellationToken), races, http)
            : NotFound();

    private static async Task<IResult> StandingAsync(StandingRequest asked, IRegistrations registrations, CancellationToken cancellationToken) =>
        RegistrationNumber.TryParse(asked.Number, out var parsed)
        && await (asked.AccessKey is { } accessKey
            ? registrations.FindAsync(parsed.Value.Text, AccessKeys.Hash(accessKey), cancellationToken)
            : registrations.FindAsync(parsed.Value.Text, cancellationToken)) is { } found
            ? Results.Ok(new { registrationId = found.Id, status = found.Status.Text() })
            : NotFound();

    private static async Task<IResult> EraseAsync(string number, HttpContext http, EraseRegistrationHandler handler, IRaces races, CancellationToken cancellationToken) =>
        IsOrganisers(number, http, out var parsed)
            ? Erased(await handler.HandleAsync(new EraseRegistration(parsed, AccessKey: null), cancellationToken), races, http)
            : NoSuchNumber();

    private static IResult Erased(StoredRegistration? after, IRaces races, HttpContext http) => after switch
    {
        null => NotFound(),
        { ErasedAt: null } => Problem(409, "not-erasable", RegistrationTexts.NotErasable(Languages.Of(http.Request))),
        _ => View(after, races, http),
    };

    private static Ok<RegistrationView> View(StoredRegistration stored, IRaces races, HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        var race = races.Find(stored.RaceId);
        return TypedResults.Ok(new RegistrationView(
            stored.Id, stored.Number, stored.Status.Text(), stored.PayStatus, stored.RaceId, race?.Name, stored.DivisionId,
            race?.Divisions.FirstOrDefault(division => division.Id == stored.DivisionId)?.Name, stored.Name, stored.PhoneNo, stored.Address, stored.TopSize,
            stored.BottomSize, stored.Amount, race?.Currency, stored.RefundDue, stored.Status == RegistrationStatus.Held ? stored.HoldUntil : null,
            stored.ConfirmedAt, stored.CancelledAt, stored.ErasedAt, stored.WantsAllMessages,
            stored.ErasedAt is null ? RegistrationTexts.Of(stored.Status, Languages.Of(http.Request)) : RegistrationTexts.Erased(Languages.Of(http.Request))));
    }

    /// <summary>The gateway lets nobody but organisers to these paths; a call that says not who they are is none of theirs.</summary>
    private static bool IsOrganisers(string number, HttpContext http, out string parsed)
    {
        parsed = RegistrationNumber.TryParse(number, out var found) ? found.Value.Text : "";
        return parsed.Length > 0 && http.Request.Headers[CallerHeaders.Role] == Actor.Organiser;
    }

    private static ProblemHttpResult NoSuchNumber() => NotFound("There is no registration with this number.");

    private static bool TryReadCredentials(string number, HttpRequest request, out string parsed, out string accessKey)
    {
        parsed = RegistrationNumber.TryParse(number, out var found) ? found.Value.Text : "";
        accessKey = Bearer.Of(request) ?? "";
        return parsed.Length > 0 && accessKey.Length > 0;
    }

    private static string Code(Rejection reason) => reason switch
    {
        Rejection.RaceFull => "race-full",
        Rejection.RaceNotOpen => "race-not-open",
        _ => "already-registered",
    };
}
