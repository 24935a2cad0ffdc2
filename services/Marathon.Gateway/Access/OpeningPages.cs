using Marathon.Web;
using static Marathon.Gateway.Access.OpeningPage;

namespace Marathon.Gateway.Access;

/// <summary>The page behind a link that came by SMS, by what became of the link. It works without script.</summary>
internal static class OpeningPages
{
    public static IResult Ask(string code) => Page(code, LinkState.Good);

    public static IResult Gone(string code) => Page(code, LinkState.Gone, StatusCodes.Status404NotFound);

    public static IResult Later(string code) => Page(code, LinkState.Later, StatusCodes.Status503ServiceUnavailable);

    private static Page<OpeningPage> Page(string code, LinkState state, int status = StatusCodes.Status200OK) =>
        new(new() { [nameof(OpeningPage.Code)] = code, [nameof(OpeningPage.State)] = state }, status);
}
