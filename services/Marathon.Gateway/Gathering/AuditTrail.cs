using Marathon.ServiceDefaults.Http;

namespace Marathon.Gateway.Gathering;

/// <summary>Who did what, in all services.</summary>
internal static class AuditTrail
{
    public static void MapAudit(this WebApplication app) => app.MapGet("/audit",
        (HttpContext context, IHttpClientFactory http, string? service, Guid? aggregateId, string? actor, [AsParameters] PageQuery page) =>
            GatheredList.AnswerAsync(context, http, "/audit", [("aggregateId", aggregateId?.ToString()), ("actor", actor)], latest: "at", service, page));
}
