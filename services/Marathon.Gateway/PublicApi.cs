using System.Collections.Frozen;
using Marathon.ServiceDefaults.Http;
using Console = Marathon.Gateway.Desks.Console;
using static Marathon.Gateway.Access.Callers;
using static Marathon.ServiceDefaults.Http.ServiceNames;

namespace Marathon.Gateway;

/// <summary>Everything that the outside may call, and who may. What is not named here does not exist for it.</summary>
internal static class PublicApi
{
    /// <summary>The service's name in the table for what the gateway answers itself.</summary>
    public const string Gateway = ServiceNames.Gateway;

    private const string AnyMethod = "*", Descriptions = "/openapi/";

    /// <summary>Sends messages to a phone number that anybody can name; the second is the form's.</summary>
    public const string FindPath = "/registrations/find", FindForm = "/find/phone";

    /// <summary>Lists, beside these ways to find one, what this browser has opened.</summary>
    public const string FindPage = "/find";

    /// <summary>A runner's own, which may not be there yet when the form leads to it.</summary>
    public const string OwnPage = "/mypage/{number}";

    /// <summary>Registers.</summary>
    public const string RegisterForm = "/register/{raceId}/{divisionId}";

    /// <summary>Opens a registration for whoever knows its number and key.</summary>
    public const string KeyForm = "/find/key";

    /// <summary>What a form in a page sends.</summary>
    private const string Form = "application/x-www-form-urlencoded";

    public static readonly IReadOnlyList<PublicRoute> Routes =
    [
        new("GET", "/races", Everyone, Registration) { IsShared = true },
        new("GET", "/races/{raceId}", Everyone, Registration) { IsShared = true },
        new("POST", "/races", Organiser, Registration),
        new("PATCH", "/races/{raceId}", Organiser, Registration),
        new("POST", "/races/{raceId}/open", Organiser, Registration),
        new("POST", "/races/{raceId}/suspend", Organiser, Registration),
        new("POST", "/races/{raceId}/resume", Organiser, Registration),
        new("POST", "/races/{raceId}/close", Organiser, Registration),

        new("POST", "/registrations", Everyone, Registration),
        new("POST", "/registrations/register", Everyone, Registration),
        // The runner's own: the service asks for the access key.
        new("GET", "/registrations/{number}", Everyone, Registration),
        new("PATCH", "/registrations/{number}", Everyone, Registration),
        new("POST", "/registrations/{number}/cancel", Everyone, Registration),
        new("PATCH", "/registrations/cancel/{number}", Everyone, Registration),
        new("POST", "/registrations/{number}/messages", Everyone, Registration),
        new("POST", "/registrations/{number}/erase", Everyone, Registration),
        new("GET", "/registrations/{number}/export", Everyone, Dashboard),
        new("GET", OwnPage, Everyone, Dashboard),
        new("GET", "/mypage/{number}/events", Everyone, Dashboard, Seconds: 0),
        new("GET", "/mypage/{number}/qr.svg", Everyone, Dashboard),

        // For who has lost the key, and for browsers, which had better not have it.
        new("POST", FindPath, Everyone, Notification),
        new("GET", "/open/{code}", Everyone, Gateway),
        new("POST", "/open/{code}", Everyone, Gateway),
        new("POST", "/session", Everyone, Gateway),
        new("GET", "/session", Everyone, Gateway),
        new("POST", "/session/end", Everyone, Gateway),

        // What an organiser does for a runner has paths of its own: a runner's key and an organiser's token would come in the same header.
        new("POST", "/registrations/{number}/cancellation", Organiser, Registration),
        new("GET", "/registrations/{number}/cancellation", Organiser, Registration),
        new("POST", "/registrations/{number}/erasure", Organiser, Registration),
        new("GET", "/registrations/{number}/erasure", Organiser | Auditor, Gateway),

        new("GET", "/registrations", Organiser | Auditor, Dashboard),
        new("GET", "/dashboards", Organiser | Auditor, Dashboard),
        new("GET", "/dashboards/summary", Organiser | Auditor, Dashboard),
        new("GET", "/dashboards/events", Organiser | Auditor, Dashboard, Seconds: 0),
        new("POST", "/dashboards/rebuild", Organiser, Dashboard),
        new("GET", "/dashboards/rebuild", Organiser | Auditor, Dashboard),
        new("POST", "/dashboards/rebuild/cancel", Organiser, Dashboard),
        // As long as a million lines may take.
        new("GET", "/dashboards/export.csv", Organiser | Auditor, Dashboard, Seconds: 120),

        new("GET", "/payments", Organiser | Auditor, Payment),
        new("GET", "/payments/{number}", Organiser | Auditor, Payment),

        new("GET", "/registermasters", Staff, Fulfilment),
        new("GET", "/registermasters/{number}", Staff, Fulfilment),
        new("PATCH", "/registermasters/{number}", Organiser | Crew, Fulfilment),
        // Of the crew, or of the runner: then the service asks for the access key.
        new("POST", "/registermasters/{number}/check-in", Organiser | Crew | Runner, Fulfilment),

        new("GET", "/deliveries", Staff, Fulfilment),
        new("GET", "/deliveries/{number}", Staff, Fulfilment),
        new("GET", "/deliveries/labels.csv", Organiser, Fulfilment, Seconds: 30),
        new("POST", "/deliveries/dispatch", Organiser, Fulfilment, Seconds: 10),
        new("POST", "/deliveries/dispatch.csv", Organiser, Fulfilment, Seconds: 10) { Takes = "text/csv", BodyBytes = RequestLimits.FileBytes },
        new("POST", "/deliveries/{number}/dispatch", Organiser, Fulfilment),
        new("POST", "/deliveries/{number}/delivered", Organiser, Fulfilment),
        new("POST", "/deliveries/{number}/picked-up", Organiser | Crew, Fulfilment),
        new("POST", "/deliveries/{number}/returned", Organiser | Crew, Fulfilment),
        // The carrier's: the service looks at the signature.
        new("POST", "/carriers/hanbit/callbacks", Everyone, Fulfilment),

        new("GET", "/stock", Organiser | Auditor, Fulfilment),
        new("GET", "/stock/movements", Organiser | Auditor, Fulfilment),
        new("POST", "/stock/movements", Organiser, Fulfilment),
        new("GET", "/procurements", Organiser | Auditor, Fulfilment),
        new("GET", "/procurements/{id:guid}", Organiser | Auditor, Fulfilment),
        new("POST", "/procurements", Organiser, Fulfilment),
        new("POST", "/procurements/{id:guid}/accept", Organiser, Fulfilment),
        new("POST", "/procurements/{id:guid}/ship", Organiser, Fulfilment),
        new("POST", "/procurements/{id:guid}/inspect", Organiser, Fulfilment),
        new("POST", "/procurements/{id:guid}/cancel", Organiser, Fulfilment),

        new("GET", "/smshistories", Organiser | Auditor, Notification),
        new("GET", "/smshistories/{id:guid}", Organiser | Auditor, Notification),
        // The provider's: the service looks at the secret.
        new("POST", "/providers/solapi/reports", Everyone, Notification) { BodyBytes = RequestLimits.ReportBytes },

        new("GET", "/deadletters", Organiser | Auditor, Gateway),
        new("GET", "/deadletters/{service}-{id:long}", Organiser | Auditor, Gateway),
        new("POST", "/deadletters/{service}-{id:long}/replay", Organiser, Gateway),
        new("POST", "/deadletters/{service}-{id:long}/drop", Organiser, Gateway),

        new("GET", "/audit", Organiser | Auditor, Gateway),

        new("POST", "/login", Everyone, Gateway),
        new("POST", "/logout", Staff, Gateway),
        new("GET", "/me", Staff, Gateway),

        // Pages. The addresses of some have an answer for programs, too; which of the two is wanted is said by Accept.
        new("GET", "/", Everyone, Dashboard) { IsShared = true },
        new("GET", FindPage, Everyone, Dashboard),
        new("POST", FindForm, Everyone, Dashboard) { Takes = Form },
        new("POST", KeyForm, Everyone, Dashboard) { Takes = Form },
        new("GET", "/race/{raceId}", Everyone, Dashboard) { IsShared = true },
        new("GET", RegisterForm, Everyone, Dashboard),
        new("POST", RegisterForm, Everyone, Dashboard) { Takes = Form },
        new("GET", "/mypage/{number}/change", Everyone, Dashboard),
        new("POST", "/mypage/{number}/change", Everyone, Dashboard) { Takes = Form },
        new("POST", "/mypage/{number}/messages", Everyone, Dashboard) { Takes = Form },
        new("GET", "/mypage/{number}/cancel", Everyone, Dashboard),
        new("POST", "/mypage/{number}/cancel", Everyone, Dashboard) { Takes = Form },
        new("GET", "/mypage/{number}/erase", Everyone, Dashboard),
        new("POST", "/mypage/{number}/erase", Everyone, Dashboard) { Takes = Form },
        new("GET", "/assets/{version}/{file}", Everyone, Gateway) { IsShared = true },

        // The console. What its forms do is let through once more, as the call that it is.
        new("GET", Console.LogIn, Everyone, Gateway),
        new("POST", Console.LogIn, Everyone, Gateway) { Takes = Form },
        new("POST", Console.LogOut, Staff, Gateway) { Takes = Form },
        new("GET", Console.Home, Staff, Gateway),
        new("GET", Console.Overview, Organiser | Auditor, Gateway),
        new("GET", Console.Races, Staff, Gateway),
        new("GET", Console.NewRace, Organiser, Gateway),
        new("POST", Console.NewRace, Organiser, Gateway) { Takes = Form },
        new("GET", Console.Race, Staff, Gateway),
        new("POST", Console.Race, Organiser, Gateway) { Takes = Form },
        new("POST", Console.SwitchRace, Organiser, Gateway) { Takes = Form },
        new("GET", Console.Registrations, Organiser | Auditor, Gateway),
        new("GET", Console.Registration, Organiser | Auditor, Gateway),
        new("POST", Console.Registration, Organiser, Gateway) { Takes = Form },
        new("GET", Console.Roll, Staff, Gateway),
        new("POST", Console.Roll, Organiser | Crew, Gateway) { Takes = Form },
        new("GET", Console.Kits, Staff, Gateway),
        new("POST", Console.Kits, Organiser | Crew, Gateway) { Takes = Form },
        new("POST", Console.KitsOnTheirWay, Organiser, Gateway) { Takes = Form, BodyBytes = Desks.KitsDesk.FormBytes },
        new("GET", Console.Stock, Organiser | Auditor, Gateway),
        new("POST", Console.Stock, Organiser, Gateway) { Takes = Form },
        new("GET", Console.Orders, Organiser | Auditor, Gateway),
        new("POST", Console.Orders, Organiser, Gateway) { Takes = Form },
        new("GET", Console.Order, Organiser | Auditor, Gateway),
        new("POST", Console.Order, Organiser, Gateway) { Takes = Form },
        new("GET", Console.Payments, Organiser | Auditor, Gateway),
        new("GET", Console.Messages, Organiser | Auditor, Gateway),
        new("GET", Console.Message, Organiser | Auditor, Gateway),
        new("GET", Console.Events, Organiser | Auditor, Gateway),
        new("POST", Console.Events, Organiser, Gateway) { Takes = Form },
        new("GET", Console.Audit, Organiser | Auditor, Gateway),

        new(AnyMethod, "/health", Everyone, Gateway),
        new(AnyMethod, "/alive", Everyone, Gateway),
        new("GET", Descriptions + "registration.json", Everyone, Registration),
        new("GET", Descriptions + "payment.json", Everyone, Payment),
        new("GET", Descriptions + "fulfilment.json", Everyone, Fulfilment),
        new("GET", Descriptions + "notification.json", Everyone, Notification),
        new("GET", Descriptions + "dashboard.json", Everyone, Dashboard),
    ];

    private static readonly FrozenDictionary<(string Method, string Path), PublicRoute> ByCall = Routes.ToFrozenDictionary(route => (route.Method, route.Path));

    /// <summary>What is said here of the call that is being made; null where it is not named, or nothing is there.</summary>
    public static PublicRoute? Of(HttpContext context)
    {
        var path = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "";
        return ByCall.GetValueOrDefault((context.Request.Method, path)) ?? ByCall.GetValueOrDefault((AnyMethod, path));
    }

    /// <summary>Where a right guess opens somebody's registration.</summary>
    public static readonly FrozenSet<string> Guessable =
    [
        "/session", KeyForm, .. Routes.Select(route => route.Path).Where(path => path.Contains("{number}", StringComparison.Ordinal) || path.Contains("{code}", StringComparison.Ordinal)),
    ];

    /// <summary>Whether the call is for the description of a service's API.</summary>
    public static bool IsDescription(this PublicRoute route) => route.Path.StartsWith(Descriptions, StringComparison.Ordinal);
}

/// <summary>A call from outside, who may make it, and the service that answers it, under the same path.</summary>
/// <param name="Method">The only method; another one on a known path is 405. <c>*</c>: any.</param>
/// <param name="Path">Its path, with <c>{parameters}</c>.</param>
/// <param name="Who">Who may.</param>
/// <param name="Service">Who answers.</param>
/// <param name="Seconds">Until when the caller has an answer, whatever happens behind the gateway. 0: no end, for a stream of events.</param>
internal sealed record PublicRoute(string Method, string Path, Access.Callers Who, string Service, double Seconds = 5)
{
    /// <summary>What a body has to be.</summary>
    public string Takes { get; init; } = "application/json";

    /// <summary>Whether it is for a form in one of our own pages, and for nobody else.</summary>
    public bool IsForm => Takes == "application/x-www-form-urlencoded";

    /// <summary>Whether it looks alike to everybody: answered from memory, and asked for by every open page again and again.</summary>
    public bool IsShared { get; init; }

    /// <summary>The largest body, in bytes.</summary>
    public long BodyBytes { get; init; } = RequestLimits.BodyBytes;
}
