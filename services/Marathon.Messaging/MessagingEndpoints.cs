using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Marathon.Messaging;

/// <summary>What operators do with a service's events. Like all of a service, for those only who present the services' credential.</summary>
public static class MessagingEndpoints
{
    private static readonly string[] States = ["waiting", "failed", "malformed", "dropped"];

    /// <summary>Maps <c>/messaging</c>, <c>/audit</c>, <c>/deadletters</c>, <c>/replays</c> and <c>/erasures</c>.</summary>
    public static IEndpointRouteBuilder MapMessaging(this IEndpointRouteBuilder app)
    {
        app.MapGet("/messaging", (MessagingStatus status, CancellationToken cancellationToken) => status.ReadAsync(cancellationToken));

        app.MapGet("/audit", async (NpgsqlDataSource database, CancellationToken cancellationToken, Guid? aggregateId, string? actor, [AsParameters] PageQuery page) =>
        {
            if (page.Wrong() is { Count: > 0 } errors) return Problems.Invalid(errors);
            return Results.Ok(await Audit.PageAsync(database, aggregateId, actor, page, cancellationToken));
        });

        app.MapGet("/deadletters", async (DeadLetters letters, CancellationToken cancellationToken, string? state, [AsParameters] PageQuery page) =>
        {
            var errors = page.Wrong();
            if (state is not null && !States.Contains(state)) errors["state"] = $"must be one of {string.Join(", ", States)}";
            if (errors.Count > 0) return Problems.Invalid(errors);
            return Results.Ok(await letters.PageAsync(state, page, cancellationToken));
        });
        app.MapGet("/deadletters/{id:long}", async (long id, DeadLetters letters, CancellationToken cancellationToken) =>
            await letters.FindAsync(id, cancellationToken) is { } letter ? Results.Ok(letter) : NoLetter());
        app.MapPost("/deadletters/{id:long}/replay", async (long id, DeadLetters letters, CancellationToken cancellationToken) =>
            await AnswerAsync(await letters.ReplayAsync(id, cancellationToken), id, letters, cancellationToken));
        app.MapPost("/deadletters/{id:long}/drop", async (long id, DeadLetters letters, CancellationToken cancellationToken) =>
            await AnswerAsync(await letters.DropAsync(id, cancellationToken), id, letters, cancellationToken));

        app.MapGet("/replays", (NpgsqlDataSource database, CancellationToken cancellationToken) => Replays.ListAsync(database, cancellationToken));
        app.MapPost("/replays", async (ReplayRange range, Outbox outbox, CancellationToken cancellationToken) =>
        {
            if (range.Stream is not null && !EventCatalog.Streams.Contains(range.Stream))
                return Problems.Invalid(new Dictionary<string, FormattableString> { ["stream"] = $"must be one of {string.Join(", ", EventCatalog.Streams)}" });
            if (range.AggregateIds is { Count: 0 }) return Problems.Invalid(new Dictionary<string, FormattableString> { ["aggregateIds"] = $"must be at least one" });
            if (range.Since > range.Until) return Problems.Invalid(new Dictionary<string, FormattableString> { ["since"] = $"must not be after until" });
            await using var work = await outbox.BeginAsync(cancellationToken);
            await Replays.RequestAsync(work, range, "asked for by an operator", cancellationToken);
            work.Note(new Deed("events-sent-again", range.Stream));
            await work.CommitAsync(cancellationToken);
            return Results.Accepted("/replays");
        });

        app.MapGet("/erasures/{registrationId:guid}", (Guid registrationId, Erasure erasure, CancellationToken cancellationToken) => erasure.ReportAsync(registrationId, cancellationToken));
        return app;
    }

    private static async Task<IResult> AnswerAsync(DeadLetterOutcome outcome, long id, DeadLetters letters, CancellationToken cancellationToken) => outcome switch
    {
        DeadLetterOutcome.Done => Results.Ok(new { id, outcome = "done" }),
        DeadLetterOutcome.NotFound => NoLetter(),
        DeadLetterOutcome.FailedAgain => Problems.ProblemWith(StatusCodes.Status409Conflict, "failed-again",
            $"It was tried and failed again. Mend the cause and replay it, or drop it. {FirstLine((await letters.FindAsync(id, cancellationToken))?.Error)}"),
        _ => Problems.Problem(StatusCodes.Status409Conflict, "not-a-dead-letter",
            "That can be done only with an event that failed. One that waits is applied as soon as the event before it has come, which its teller is asked for; one that is malformed can only be dropped."),
    };

    private static ProblemHttpResult NoLetter() => Problems.NotFound("There is no dead letter with this id: it was applied meanwhile, or never was.");

    private static string? FirstLine(string? text) => text?.Split('\n')[0];
}
