using Marathon.Fulfilment.Adapters.Postgres;
using Marathon.Fulfilment.Application.CheckingIn;
using Marathon.Fulfilment.Application.Noting;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Values;
using Microsoft.AspNetCore.Http.HttpResults;
using static Marathon.ServiceDefaults.Http.Problems;

namespace Marathon.Fulfilment.Adapters.Http;

/// <summary>The organiser's roll, and the desk at which runners show that they are there.</summary>
internal static class RollEndpoints
{
    private const int LongestText = 100, LongestNote = 500;

    public static void MapRoll(this IEndpointRouteBuilder app)
    {
        app.MapGet("/registermasters", async Task<IResult> (
            RollList roll, CancellationToken cancellationToken, Guid? raceId, Guid? divisionId, string? status, string? q, [AsParameters] PageQuery page) =>
        {
            var errors = page.Wrong();
            if (status is not null && !RollList.States.Contains(status)) errors["status"] = $"must be one of {string.Join(", ", RollList.States)}";
            if (q is { Length: > LongestText } || q?.Contains('\0') is true) errors["q"] = $"is longer than {LongestText} characters";
            if (errors.Count > 0) return Invalid(errors);
            return TypedResults.Ok(await roll.PageAsync(new RollQuery(raceId, divisionId, status, string.IsNullOrWhiteSpace(q) ? null : Hangul.Compose(q.Trim())), page, cancellationToken));
        }).WithSummary("The roll, in the order of bibs: of one race, division or status; searched by name, bib or number.");

        app.MapGet("/registermasters/{number}", async Task<IResult> (string number, RollList roll, CancellationToken cancellationToken) =>
            await roll.FindAsync(RegistrationNumber.Normal(number), cancellationToken) is { } line ? TypedResults.Ok(line) : NotOnRoll())
            .WithSummary("One line of the roll, by the registration's number.");

        app.MapPatch("/registermasters/{number}", async Task<IResult> (string number, NoteRequest? request, NoteRunners handler, RollList roll, CancellationToken cancellationToken) =>
        {
            if (request is null) return Problem(400, "malformed", "The body is empty. Send the note as JSON.");
            if (request.Note?.Trim() is not { Length: <= LongestNote } note || note.Contains('\0')) return Invalid(new Dictionary<string, FormattableString> { ["note"] = $"is required, with at most {LongestNote} characters" });
            return await handler.HandleAsync(new NoteRunner(RegistrationNumber.Normal(number), note is "" ? null : note), cancellationToken)
                && await roll.FindAsync(RegistrationNumber.Normal(number), cancellationToken) is { } line ? TypedResults.Ok(line) : NotOnRoll();
        }).WithSummary("Write a note on a line of the roll; an empty one takes it away.");

        app.MapPost("/registermasters/{number}/check-in", CheckInAsync)
            .WithSummary("Check a runner in: by the crew, or by the runner with the access key. Registration is asked whether the registration still stands.");
    }

    /// <summary>The body of <c>PATCH /registermasters/{number}</c>.</summary>
    internal sealed record NoteRequest(string? Note);

    private static async Task<IResult> CheckInAsync(string number, HttpContext http, CheckInRunner handler, RollList roll, CancellationToken cancellationToken)
    {
        var actor = Actor.Current;
        var isCrew = actor is { Role: Actor.Crew or Actor.Organiser };
        var key = Bearer.Of(http.Request);
        if (!isCrew && key is null) return NotFound();
        switch (await handler.HandleAsync(new CheckIn(RegistrationNumber.Normal(number), isCrew ? null : key, actor?.Name ?? Actor.Runner), cancellationToken))
        {
            case CheckInResult.Done done:
                // What the desk needs next: whose bib it is, and which kit they get. The crew's note is the crew's.
                var line = (await roll.FindAsync(RegistrationNumber.Normal(number), cancellationToken))!;
                return TypedResults.Ok(line with { Note = isCrew ? line.Note : null, CheckedInAt = done.At });
            case CheckInResult.Already already:
                return Problem(409, "already-checked-in", "This runner has been checked in before.", new Dictionary<string, object?> { ["bib"] = already.Bib, ["checkedInAt"] = already.At });
            case CheckInResult.Unpaid: return Problem(409, "payment-pending", "This registration is not paid for yet.");
            case CheckInResult.Ended: return Problem(409, "not-registered", "This registration has ended: it has no place in the race any more.");
            case CheckInResult.Unknown: return isCrew ? NotFound("There is no registration with this number.") : NotFound();
            case CheckInResult.NotYetOnRoll:
                http.Response.Headers.RetryAfter = "2";
                return Problem(409, "not-yet-on-roll", "The registration stands, but has not come onto the roll yet. Try again in a few seconds.");
            case CheckInResult.Unanswered:
                http.Response.Headers.RetryAfter = "3";
                return Problem(503, "registration-unavailable", "It cannot be asked right now whether the registration still stands, so nobody was checked in. Try again in a few seconds.");
            case var other: throw new InvalidOperationException(other.GetType().Name);
        }
    }

    private static ProblemHttpResult NotOnRoll() => NotFound("There is nobody on a roll with this number.");
}
