using Marathon.Gateway.Access;
using Marathon.ServiceDefaults.Http;
using Marathon.Web;

namespace Marathon.Gateway.Edge;

/// <summary>The gateway's own answers to what goes wrong, in the caller's language. A service's own problems pass unchanged.</summary>
internal static class GatewayProblems
{
    /// <summary>Of what is typed to register, in bytes: Korean letters take nine in a form.</summary>
    private const int LongestForm = 8 * 1024;

    /// <summary>Gives every answer that is an error without a body one; and tells as a page what cannot be read of a form that came from one.</summary>
    public static void UseGatewayProblems(this WebApplication app)
    {
        app.UseStatusCodePages(context => WriteAsync(context.HttpContext, context.HttpContext.Response.StatusCode));
        app.Use(async (context, next) =>
        {
            try { await next(context); }
            catch (BadHttpRequestException unreadable) when (context.Request.WantsPage() && !context.Response.HasStarted) { await WritePageAsync(context, unreadable.StatusCode); }
        });
    }

    /// <summary>Answers 403: a cookie came with a request that another site's page has made.</summary>
    public static Task WriteCrossSiteAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status403Forbidden, "cross-site",
        "다른 사이트의 페이지에서 온 요청은 받지 않습니다.", "Requests from another site's page are not taken. A program sends its token as Authorization: Bearer … and no cookie.");

    /// <summary>Answers 401: no account has this name and this password. Which of them is wrong is not told.</summary>
    public static Task WriteWrongLoginAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status401Unauthorized, "wrong-name-or-password",
        "이름이나 비밀번호가 맞지 않습니다.", "Name or password is wrong.");

    /// <summary>Answers 429: this visitor, or this account, has asked for more than one may.</summary>
    public static async Task WriteTooManyRequestsAsync(HttpContext context)
    {
        if (context.Request.WantsPage() && await TypedAsync(context) is { } typed) await WritePageAsync(context, StatusCodes.Status429TooManyRequests, typed: typed);
        else
            await WriteAsync(context, StatusCodes.Status429TooManyRequests, "too-many-requests",
                "요청이 너무 많습니다. Retry-After에 적힌 초만큼 기다렸다가 다시 보내 주세요.", "Too many requests. Wait as many seconds as Retry-After says, and send it again.");
    }

    /// <summary>What somebody has filled in who registers, and gets no further than here; else null.</summary>
    private static async Task<IFormCollection?> TypedAsync(HttpContext context)
    {
        var request = context.Request;
        if (PublicApi.Of(context) is not { IsForm: true, Path: PublicApi.RegisterForm } form || !request.IsSameOrigin()) return null;
        if (request.ContentType != form.Takes || request.ContentLength is not <= LongestForm) return null;
        try { return await request.FormAsync(); }
        catch (BadHttpRequestException) { return null; }
    }

    /// <summary>Answers 413: the body is larger than this call takes.</summary>
    public static Task WriteTooLargeAsync(HttpContext context, long bytes) => WriteAsync(context, StatusCodes.Status413PayloadTooLarge, "too-large",
        $"본문은 {bytes / 1024} KiB를 넘을 수 없습니다.", $"The body is larger than {bytes / 1024} KiB.");

    /// <summary>Answers 415: this call takes something else.</summary>
    public static Task WriteUnsupportedAsync(HttpContext context, string takes)
    {
        var (code, korean, english) = Unsupported(takes);
        return WriteAsync(context, StatusCodes.Status415UnsupportedMediaType, code, korean, english);
    }

    /// <summary>Answers <paramref name="status"/>.</summary>
    public static Task WriteAsync(HttpContext context, int status)
    {
        var (code, korean, english) = status switch
        {
            StatusCodes.Status401Unauthorized => ("unauthorized", "먼저 로그인해 주세요: POST /login. 로그인한 시간이 끝났을 수도 있습니다.",
                "Log in first: POST /login. Your login may also have ended."),
            StatusCodes.Status403Forbidden => ("forbidden", "이 계정의 역할로는 할 수 없는 일입니다.", "Your account's role does not allow this."),
            StatusCodes.Status429TooManyRequests => ("too-many-attempts", "로그인을 너무 많이 시도했습니다. Retry-After에 적힌 초만큼 기다렸다가 다시 시도해 주세요.",
                "Too many attempts to log in. Wait as many seconds as Retry-After says."),
            StatusCodes.Status404NotFound => ("not-found", "이 주소에는 아무것도 없습니다.", "There is nothing at this address."),
            StatusCodes.Status405MethodNotAllowed => ("method-not-allowed", "이 주소에서는 이 메서드를 쓸 수 없습니다. Allow 헤더를 확인해 주세요.",
                "This address does not take this method; the Allow header names those it takes."),
            StatusCodes.Status408RequestTimeout => ("request-timeout", "요청이 너무 느리게 도착했습니다. 다시 보내 주세요.", "The request arrived too slowly. Send it again."),
            StatusCodes.Status413PayloadTooLarge => ("too-large", "본문이 너무 큽니다.", "The body is too large."),
            StatusCodes.Status415UnsupportedMediaType => Unsupported("application/json"),
            StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable => ("unavailable",
                "지금은 응답할 수 없습니다. 잠시 후 같은 요청을 다시 보내 주세요. 같은 Idempotency-Key로 보낼 때만 두 번 처리되지 않습니다.",
                "We cannot answer just now. Send the same request again in a moment. Only with the same Idempotency-Key is it surely not done twice."),
            StatusCodes.Status504GatewayTimeout => ("timeout",
                "응답이 너무 오래 걸립니다. 요청은 처리되었을 수도 있습니다. 같은 Idempotency-Key로 다시 보내면 두 번 처리되지 않습니다.",
                "The answer takes too long. The request may have been carried out; sent again with the same Idempotency-Key it is not done twice."),
            < 500 => ("malformed", "요청을 읽을 수 없습니다.", "The request could not be read."),
            _ => ("internal", "문제가 생겼습니다. 같은 요청을 다시 보내도 됩니다.", "Something went wrong on our side. The same request may be sent again."),
        };
        if (status is StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout)
            context.Response.Headers.RetryAfter = "2";
        return WriteAsync(context, status, code, korean, english);
    }

    private static (string Code, string Korean, string English) Unsupported(string takes) =>
        ("unsupported-media-type", $"본문을 UTF-8 {takes} 형식으로 보내 주세요.", $"Send the body as {takes} in UTF-8.");

    private static Task WriteAsync(HttpContext context, int status, string code, string korean, string english)
    {
        var isKorean = Languages.Of(context.Request) == Languages.Korean;
        context.Response.Headers.ContentLanguage = isKorean ? "ko" : "en";
        return context.Request.WantsPage() ? WritePageAsync(context, status) : Problems.Problem(status, code, isKorean ? korean : english).ExecuteAsync(context);
    }

    /// <summary>The same for somebody who was led here and waits for a page.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">Of the answer.</param>
    /// <param name="detail">What a service says; null: the page says it in its own words, for a problem's are for who writes programs.</param>
    /// <param name="typed">A form that can be sent again from the page.</param>
    public static Task WritePageAsync(HttpContext context, int status, string? detail = null, IFormCollection? typed = null) => new Page<ErrorPage>(new()
    {
        [nameof(ErrorPage.Status)] = status,
        [nameof(ErrorPage.Detail)] = detail,
        [nameof(ErrorPage.IsSent)] = !context.Request.IsSafe(),
        [nameof(ErrorPage.Again)] = AgainOf(context),
        [nameof(ErrorPage.Typed)] = typed,
    }, status).ExecuteAsync(context);

    /// <summary>Where it can be tried again: here, or on the page above, which a form is on that is sent to an address of its own.</summary>
    private static string AgainOf(HttpContext context)
    {
        if (context.Request.IsSafe() || (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is not { } pattern) return "";
        for (var path = context.Request.Path.Value ?? ""; pattern.Length > 0; (pattern, path) = (Above(pattern), Above(path)))
            if (PublicApi.Routes.Any(route => route.Method == "GET" && route.Path == pattern)) return path == context.Request.Path ? "" : path;
        return "/";

        static string Above(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];
    }
}
