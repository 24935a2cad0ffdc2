using Marathon.Testing;
using Microsoft.Playwright;

namespace Marathon.Web.Tests;

/// <summary>Somebody in front of a browser. When they leave, nothing may have gone wrong behind the page.</summary>
internal sealed class Reader : IAsyncDisposable
{
    private static readonly string Check = new StreamReader(typeof(Reader).Assembly.GetManifestResourceStream("accessibility.js")!).ReadToEnd();
    private static readonly string Shots = ShotsFolder();

    /// <summary>What is wrong with where the focus is; after WCAG 2.2, 2.4.3, 2.4.7 and 2.4.11.</summary>
    private const string Focus = """
        () => {
          const [element, before] = [document.activeElement, window.before];
          if (element === document.body) return 'the Tab key leads out of the page';
          window.before = element;
          const called = `<${element.tagName.toLowerCase()}> ${(element.id || element.textContent).trim().slice(0, 30)}`;
          const { left, top, right, bottom, width, height } = element.getBoundingClientRect();
          if (width === 0 || height === 0 || right <= 0 || bottom <= 0 || left >= innerWidth || top >= innerHeight) return `has the focus and is not to be seen: ${called}`;
          const { outlineStyle, outlineWidth } = getComputedStyle(element);
          if (outlineStyle === 'none' || parseFloat(outlineWidth) < 2) return `has the focus and does not look so: ${called}`;
          const isFirst = !before || before === document.body || !before.isConnected;
          return isFirst || before.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING ? '' : `has the focus after what comes later: ${called}`;
        }
        """;

    private readonly List<string> problems = [];
    private readonly string look;

    public Reader(IPage page, string look)
    {
        (Page, this.look) = (page, look);
        page.Console += (_, message) =>
        {
            // That a page itself came with 402 or 422 is the answer that was expected; of anything else it is told.
            var isOwnStatus = message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal) && string.Join(':', message.Location.Split(':')[..^2]) == page.Url;
            if (message.Type is "error" or "warning" && !isOwnStatus) problems.Add($"{message.Text} ({message.Location})");
        };
        page.PageError += (_, error) => problems.Add(error);
        page.Response += (_, answer) => { if (answer.Status >= 500 && answer.Status != 503 && !(IsOneAway && answer.Status == 502)) problems.Add($"{answer.Status} {answer.Url}"); };
    }

    public IPage Page { get; }

    /// <summary>A service has been taken away, and the gateway says so.</summary>
    public bool IsOneAway { get; set; }

    public ILocator Named(AriaRole role, string name) => Page.GetByRole(role, new() { Name = name });

    /// <summary>Fills in the form of a registration, all but the press.</summary>
    public async Task FillInAsync((Guid RaceId, Guid DivisionId) race, string name, string? token = null)
    {
        await Page.GotoAsync($"/register/{race.RaceId}/{race.DivisionId}");
        await FillInAsync(name, token);
    }

    /// <summary>The same, of the form that is open already.</summary>
    public async Task FillInAsync(string name, string? token = null)
    {
        await Page.Locator("#name").FillAsync(name);
        await Page.Locator("#phoneNo").FillAsync("010-1234-4256");
        await Page.Locator("#address").FillAsync("서울시 성동구 왕십리로 83-21");
        await Page.Locator("#topSize").SelectOptionAsync("105");
        await Page.Locator("#bottomSize").SelectOptionAsync("95");
        if (token is not null) await Page.Locator($"input[value={token}]").CheckAsync();
    }

    /// <summary>Registers, and waits for their page; returns the number.</summary>
    public async Task<string> RegisterAsync((Guid RaceId, Guid DivisionId) race, string name, string? token = null)
    {
        await FillInAsync(race, name, token);
        await Page.Locator("#send").ClickAsync();
        await Page.WaitForURLAsync("**/mypage/**");
        await Page.Locator("[data-live]").WaitForAsync();
        return new Uri(Page.Url).AbsolutePath.Split('/')[2];
    }

    /// <summary>Goes on with the Tab key to what is meant. Every stop on the way comes after the one before it in the page, is within the window, and is drawn as the one that has the focus.</summary>
    public async Task TabToAsync(ILocator meant, int most = 60)
    {
        await meant.First.WaitForAsync();
        await Page.EvaluateAsync("window.before = document.activeElement");
        for (var stop = 1; ; stop++)
        {
            await Page.Keyboard.PressAsync("Tab");
            var wrong = await Page.EvaluateAsync<string>(Focus);
            Assert.True(wrong.Length == 0, $"{Page.Url} ({look}): {wrong}");
            if (await meant.First.EvaluateAsync<bool>("element => element === document.activeElement")) return;
            Assert.True(stop < most, $"{meant} is not reached by the Tab key.");
        }
    }

    /// <summary>The page is looked at: by whoever does not see it, and by us, in the folder of pictures.</summary>
    public async Task LookAsync(string name)
    {
        // A page that goes on by itself leaves the browser with a script that has no page, a frame that never comes, or nothing to take a picture of. The next page is as good a one.
        try { await CheckAsync(name); }
        catch (Exception exception) when (exception is TimeoutException or PlaywrightException) { await CheckAsync(name); }
    }

    private async Task CheckAsync(string name)
    {
        var wrong = await Page.EvaluateAsync<string[]>(Check);
        Assert.True(wrong.Length == 0, $"{name} ({look}): {string.Join(" · ", wrong)}");
        await Page.ScreenshotAsync(new() { Path = Path.Combine(Shots, $"{name}-{look}.png"), FullPage = true, Timeout = 10_000 });
    }

    public async ValueTask DisposeAsync()
    {
        await Page.Context.DisposeAsync();
        Assert.True(problems.Count == 0, string.Join(Environment.NewLine, problems));
    }

    /// <summary>Beside the sources, in a folder that git does not see.</summary>
    private static string ShotsFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Marathon.sln"))) folder = folder.Parent!;
        return Directory.CreateDirectory(Path.Combine(folder.FullName, ".marathon", "screenshots")).FullName;
    }
}
