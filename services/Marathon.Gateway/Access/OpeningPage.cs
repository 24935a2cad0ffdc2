using System.Text.Encodings.Web;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Gateway.Access;

/// <summary>The page behind a link that came by SMS: one button. It works without script.</summary>
internal static class OpeningPage
{
    public static IResult Ask(HttpContext context, string code) => IsKorean(context)
        ? Page(context, "ko", "접수 확인", "아래 단추를 누르면 이 브라우저에서 접수 내역이 열립니다. 링크는 한 번만 쓸 수 있습니다.", Form(code, "접수 내역 열기"))
        : Page(context, "en", "Your registration", "The button opens your registration in this browser. The link works once.", Form(code, "Open my registration"));

    public static IResult Gone(HttpContext context) => IsKorean(context)
        ? Page(context, "ko", "링크를 쓸 수 없습니다", "이미 사용했거나 오래된 링크입니다. 전화번호로 새 링크를 받아 주세요.", "", StatusCodes.Status404NotFound)
        : Page(context, "en", "This link no longer works", "It was used already, or is too old. Ask for a new one with your phone number.", "", StatusCodes.Status404NotFound);

    public static IResult Later(HttpContext context, string code) => IsKorean(context)
        ? Page(context, "ko", "잠시 후 다시 눌러 주세요", "지금은 접수 내역을 열 수 없습니다. 링크는 그대로 쓸 수 있습니다.", Form(code, "다시 열기"), StatusCodes.Status503ServiceUnavailable)
        : Page(context, "en", "Press again in a moment", "Your registration cannot be opened just now. The link is still good.", Form(code, "Try again"), StatusCodes.Status503ServiceUnavailable);

    private static bool IsKorean(HttpContext context) => Languages.Of(context.Request) == Languages.Korean;

    private static string Form(string code, string label) =>
        $"""<form method="post" action="/open/{HtmlEncoder.Default.Encode(Uri.EscapeDataString(code))}"><button>{label}</button></form>""";

    private static IResult Page(HttpContext context, string language, string title, string text, string form, int status = StatusCodes.Status200OK)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentLanguage = language;
        return Results.Content($$"""
            <!doctype html>
            <html lang="{{language}}">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{{title}} · Marathon</title>
            <style>
              :root { color-scheme: light dark; font: 1.0625rem/1.6 system-ui, sans-serif }
              body { display: grid; min-height: 100dvh; margin: 0; place-items: center }
              main { max-width: 26rem; padding: 2rem }
              h1 { margin: 0 0 .5rem; font-size: 1.5rem; letter-spacing: -.01em }
              button { width: 100%; margin-top: 1.5rem; padding: .8rem; border: 0; border-radius: .5rem; background: #1d4ed8; color: #fff; font: inherit; font-weight: 600; cursor: pointer }
              button:focus-visible { outline: 3px solid #93c5fd; outline-offset: 2px }
            </style>
            <main><h1>{{title}}</h1><p>{{text}}</p>{{form}}</main>
            </html>
            """, "text/html; charset=utf-8", statusCode: status);
    }
}
