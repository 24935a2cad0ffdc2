using System.Collections.Concurrent;

namespace Marathon.Dashboard.Web.Races;

/// <summary>
/// Pages that everybody sees alike, rendered once a second at most: in the minute in which a race opens, thousands look at the same one. Whoever comes while it is being rendered
/// anew gets the one before, unless it is so old that its countdown would be wrong.
/// </summary>
internal sealed class SharedPages(TimeProvider time)
{
    private static readonly TimeSpan Good = TimeSpan.FromSeconds(1), Forgotten = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Shared> pages = new();

    /// <param name="page">Its name here. Not its address, of which a visitor can make up as many as they like.</param>
    /// <param name="language">In which it is.</param>
    /// <param name="render">How it is made; null where there is none.</param>
    public async Task<string?> GetAsync(string page, string language, Func<Task<string?>> render)
    {
        var key = $"{language} {page}";
        var known = pages.GetValueOrDefault(key);
        if (known is not null && time.GetElapsedTime(known.At) < Good) return known.Html;
        if (known is not null && time.GetElapsedTime(known.At) < Forgotten && Interlocked.Exchange(ref known.IsRenewed, 1) == 1) return known.Html;
        try
        {
            if (await render() is not { } html) return null;
            pages[key] = new Shared(html, time.GetTimestamp());
            return html;
        }
        catch when (known is not null)
        {
            // The next one tries; nobody waits for ever for one who failed.
            Interlocked.Exchange(ref known.IsRenewed, 0);
            throw;
        }
    }

    private sealed class Shared(string html, long at)
    {
        public int IsRenewed;

        public string Html => html;

        public long At => at;
    }
}
