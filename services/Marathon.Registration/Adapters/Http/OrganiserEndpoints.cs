using Marathon.Registration.Application.Scheduling;
using Marathon.Registration.Application.Switching;
using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using static Marathon.ServiceDefaults.Http.Problems;

namespace Marathon.Registration.Adapters.Http;

/// <summary>What an organiser can do to races. The gateway lets nobody else in.</summary>
internal static class OrganiserEndpoints
{
    public static void MapOrganiser(this IEndpointRouteBuilder app)
    {
        app.MapPost("/races", async Task<IResult> (RaceDraft? draft, HttpRequest request, ScheduleRaceHandler handler, CancellationToken cancellationToken) =>
        {
            if (draft is null) return Empty();
            var errors = new Dictionary<string, FormattableString>();
            var once = IdempotencyKeys.Read(request, draft, errors);
            if (errors.Count > 0) return Invalid(errors);
            var decision = await handler.HandleAsync(draft, once, cancellationToken);
            return decision.Race is { } race ? TypedResults.Created("/races/" + race.Id, RaceEndpoints.View(race)) : Refused(decision.Rejection!);
        }).WithSummary("Schedule a race with its divisions. It opens at its opening time, or by hand. Under an Idempotency-Key the same is scheduled once, however often it is sent.");

        app.MapPatch("/races/{raceId:guid}", async (Guid raceId, RaceDraft? draft, ChangeRaceHandler handler, CancellationToken cancellationToken) =>
            draft is null ? Empty() : Answer(await handler.HandleAsync(raceId, draft, cancellationToken)))
            .WithSummary("Change a race, for those who register from now on: what is left out stays, a division without an id is added.");

        Map(RaceSwitch.Open, "Open a race now, before its opening time.");
        app.MapPost("/races/{raceId:guid}/suspend", async (Guid raceId, SwitchRaceHandler handler, CancellationToken cancellationToken, bool force = false) =>
            Answer(await handler.HandleAsync(new SwitchRace(raceId, RaceSwitch.Suspend, force), cancellationToken)))
            .WithSummary("Take no registrations while the race is under work. Refused while people are registered, unless force=true.");
        Map(RaceSwitch.Resume, "Take registrations again.");
        Map(RaceSwitch.Close, "Close a race now, for good.");

        void Map(RaceSwitch command, string summary) => app
            .MapPost($"/races/{{raceId:guid}}/{command.ToString().ToLowerInvariant()}", async (Guid raceId, SwitchRaceHandler handler, CancellationToken cancellationToken) =>
                Answer(await handler.HandleAsync(new SwitchRace(raceId, command), cancellationToken)))
            .WithSummary(summary);
    }

    private static ProblemHttpResult Empty() => Problem(400, "malformed", "The body is empty. Send the race as JSON.");

    private static IResult Answer(RaceDecision? decision) =>
        decision is null ? NotFound("There is no such race.")
        : decision.Race is { } race ? TypedResults.Ok(RaceEndpoints.View(race))
        : Refused(decision.Rejection!);

    private static ProblemHttpResult Refused(RaceRejection rejection) => rejection switch
    {
        RaceRejection.Invalid invalid => Invalid(invalid.Errors),
        RaceRejection.WrongState wrong => ProblemWith(409, "wrong-state",
            wrong.Possible.Count == 0 ? (FormattableString)$"The race is {wrong.Status.Text()}. Nothing can be done to it any more."
            : $"The race is {wrong.Status.Text()}. What can be done: {string.Join(", ", wrong.Possible).ToLowerInvariant()}.",
            With(("raceStatus", wrong.Status.Text()))),
        RaceRejection.ClosingTimePassed passed => ProblemWith(409, "closing-time-passed",
            $"Registration ended at {passed.ClosesAt.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}. Change closesAt first.",
            With(("closesAt", passed.ClosesAt))),
        RaceRejection.HasRegistrations live => ProblemWith(409, "has-registrations",
            $"{live.Count} hold a place or are registered. They stay so if the race is suspended with force=true, but nobody else can register.",
            With(("registrations", live.Count))),
        RaceRejection.CapacityBelowTaken below => ProblemWith(409, "capacity-below-taken",
            $"{below.Taken} places of {below.Name} are taken; its capacity cannot be less.",
            With(("divisionId", below.DivisionId), ("division", below.Name), ("taken", below.Taken))),
        RaceRejection.RefundBelowPromised below => ProblemWith(409, "refund-below-promised",
            $"{below.Count} hold a place or are registered and were promised more back. The policy can only be made more generous; on an earlier day, the race needs tiers of fewer days; on a later one, what was promised before it was moved counts again.",
            With(("registrations", below.Count))),
        RaceRejection.KeyReused => RequestKey.Reused(),
        RaceRejection.DuplicatesPossible there => ProblemWith(409, "duplicates-possible",
            $"{there.Count} hold a place or are registered, and the same person may be there twice. It can be changed when nobody is.",
            With(("registrations", there.Count))),
        _ => throw new InvalidOperationException(rejection.GetType().Name),
    };

    private static Dictionary<string, object?> With(params (string Name, object? Value)[] extensions) => extensions.ToDictionary(entry => entry.Name, entry => entry.Value);
}
