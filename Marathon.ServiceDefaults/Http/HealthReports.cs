using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Marathon.ServiceDefaults.Http;

/// <summary>The body of <c>/health</c>: the whole and each check, so that an operator sees at once what is missing.</summary>
internal static class HealthReports
{
    public static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(new
    {
        status = report.Status.ToString(),
        checks = report.Entries.ToDictionary(
            entry => entry.Key,
            entry => new { status = entry.Value.Status.ToString(), description = entry.Value.Description, data = entry.Value.Data.Count > 0 ? entry.Value.Data : null }),
    }, MarathonJson.Options);
}
