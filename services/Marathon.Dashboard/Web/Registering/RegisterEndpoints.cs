using Marathon.Dashboard.Lists;
using Marathon.Dashboard.Web.Races;
using Marathon.ServiceDefaults.Http;
using Marathon.Web;

namespace Marathon.Dashboard.Web.Registering;

/// <summary>The form for a division, and what becomes of it.</summary>
internal static class RegisterEndpoints
{
    public static void MapRegistering(this IEndpointRouteBuilder app)
    {
        app.MapGet("/register/{raceId:guid}/{divisionId:guid}", async Task<IResult> (Guid raceId, Guid divisionId, string? key, HttpResponse response, RaceList races, TimeProvider time, WebOptions options) =>
        {
            if (await FindAsync(races, raceId, divisionId) is not var (race, division)) return Problems.NotFound("There is no such race.");
            var application = Application.Under(key);
            // In the address before anything is sent: whoever never sees what became of it comes back to the same registration, and is not charged for a second one.
            return application.Key == key ? Show(race, division, application, Outcome.None, time, options) : response.SeeOther(application.AddressOf(raceId, divisionId));
        });
        app.MapPost("/register/{raceId:guid}/{divisionId:guid}", RegisterAsync);
    }

    private static async Task<IResult> RegisterAsync(Guid raceId, Guid divisionId, string? key, HttpRequest request, RaceList races, Owners owners, TimeProvider time, WebOptions options)
    {
        if (await FindAsync(races, raceId, divisionId) is not var (race, division)) return Problems.NotFound("There is no such race.");
        var application = Application.Of(await request.FormAsync(), key);
        var answer = await owners.AskAsync(request, HttpMethod.Post, ServiceNames.Registration, "/registrations", application.Command(raceId, divisionId), application.KeyFor(request.Headers[RunnerHeaders.Browser].ToString()));
        if (answer.IsSuccess && answer.Text("number") is { } number && answer.Text("accessKey") is { } accessKey)
        {
            // The gateway takes them out of the answer, and keeps them for this browser.
            request.HttpContext.Response.Headers[RunnerHeaders.Opens] = $"{number} {accessKey}";
            return request.HttpContext.Response.SeeOther($"/mypage/{number}?new={(answer.Status == StatusCodes.Status202Accepted ? "pending" : "registered")}");
        }
        if (!request.WantsPage()) return answer.AsItCame();
        var outcome = Outcome.Of(answer, Words.Of(request), race.IsOpening(time.GetUtcNow()));
        // Under a key that has been decided nothing else will ever be decided.
        return Show(race, division, outcome.KeepsKey ? application : application.Anew(), outcome, time, options);
    }

    private static Page<RegisterPage> Show(RaceView race, RaceDivisionView division, Application application, Outcome outcome, TimeProvider time, WebOptions options) => new(new()
    {
        [nameof(RegisterPage.Race)] = race,
        [nameof(RegisterPage.Division)] = division,
        [nameof(RegisterPage.Application)] = application,
        [nameof(RegisterPage.Outcome)] = outcome,
        [nameof(RegisterPage.Now)] = time.GetUtcNow(),
        [nameof(RegisterPage.IsSimulated)] = options.SimulatedPayments,
    }, outcome.Status);

    private static async Task<(RaceView, RaceDivisionView)?> FindAsync(RaceList races, Guid raceId, Guid divisionId) =>
        await races.FindAsync(raceId, CancellationToken.None) is { } race && race.Divisions.FirstOrDefault(division => division.DivisionId == divisionId) is { } division
            ? (race, division)
            : null;
}
