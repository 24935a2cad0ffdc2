using Marathon.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Marathon.Web.Tests;

/// <summary>Without a mouse or a finger: keys are all that is used, and where they lead is to be seen.</summary>
[Collection(OneSite.Name)]
public sealed class KeyboardTests(Site site)
{
    [Fact]
    public async Task Runner_RegistersAndCancels_WithKeysOnly()
    {
        await using var runner = await site.ReaderAsync("en-US");
        await runner.Page.GotoAsync("/");
        await runner.TabToAsync(runner.Named(AriaRole.Link, "한강 나이트런"));
        await PressAsync(runner, "Enter", "**/race/*");
        await runner.TabToAsync(runner.Named(AriaRole.Link, "Register"));
        await PressAsync(runner, "Enter", "**/register/**");

        // One stop for each thing that is asked, in the order in which it is read.
        await runner.TabToAsync(runner.Page.Locator("#name"));
        await runner.Page.Keyboard.TypeAsync("Kim Keys");
        await runner.TabToAsync(runner.Page.Locator("#phoneNo"), 1);
        await runner.Page.Keyboard.TypeAsync("12");
        await runner.TabToAsync(runner.Page.Locator("#address"), 1);
        await Expect(runner.Page.Locator("#phoneNo-error")).ToContainTextAsync("is not a phone number");
        await runner.Page.Keyboard.TypeAsync("83-21 Wangsimni-ro, Seoul");
        await runner.Page.Keyboard.PressAsync("Shift+Tab");
        await runner.Page.Keyboard.PressAsync("Control+A");
        await runner.Page.Keyboard.TypeAsync("010-1234-4256");
        await runner.TabToAsync(runner.Page.Locator("#address"), 1);
        await runner.TabToAsync(runner.Page.Locator("#topSize"), 1);
        await runner.Page.Keyboard.TypeAsync("105");
        await runner.TabToAsync(runner.Page.Locator("#bottomSize"), 1);
        await runner.Page.Keyboard.PressAsync("ArrowDown");
        await runner.TabToAsync(runner.Page.Locator("input[name=token]:checked"), 1);
        await runner.Page.Keyboard.PressAsync("ArrowDown");
        await Expect(runner.Page.Locator("input[value=tok_approved]")).Not.ToBeCheckedAsync();
        await runner.Page.Keyboard.PressAsync("ArrowUp");
        await runner.Page.Keyboard.PressAsync("Space");
        await Expect(runner.Page.Locator("input[value=tok_approved]")).ToBeCheckedAsync();
        await Expect(runner.Page.Locator("#topSize")).ToHaveValueAsync("105");
        await runner.TabToAsync(runner.Page.Locator("#send"), 1);
        await PressAsync(runner, "Enter", "**/mypage/**");

        await Expect(runner.Page.Locator("[data-status]")).ToHaveTextAsync("Registered");
        await runner.TabToAsync(runner.Named(AriaRole.Link, "Cancel my registration"));
        await PressAsync(runner, "Enter", "**/cancel");
        await runner.TabToAsync(runner.Named(AriaRole.Button, "Cancel it"));
        await PressAsync(runner, "Enter", "**/mypage/*");
        await Expect(runner.Page.Locator("[data-status]")).ToHaveTextAsync("Cancelled");
    }

    [Fact]
    public async Task Organiser_FindsARegistrationAndOpensIt_WithKeysOnly()
    {
        var number = await site.RegisterAsync(site.Race, name: "임키보드");
        await using var organiser = await site.ReaderAsync();
        await organiser.Page.GotoAsync("/console/registrations");
        await organiser.TabToAsync(organiser.Page.Locator("#account"));
        await organiser.Page.Keyboard.TypeAsync(Staff.Organiser);
        await organiser.TabToAsync(organiser.Page.Locator("#password"), 1);
        await organiser.Page.Keyboard.TypeAsync(Staff.Password);
        await PressAsync(organiser, "Enter", "**/console/registrations");
        // It takes a moment until a registration can be found.
        await Eventually.TrueAsync(async () => (await organiser.Page.GotoAsync("/console/registrations/" + number))!.Status == 200);
        await organiser.Page.GotoAsync("/console/registrations");

        // The sections are passed by.
        await organiser.TabToAsync(organiser.Page.Locator(".skip"), 1);
        await organiser.Page.Keyboard.PressAsync("Enter");
        await organiser.TabToAsync(organiser.Page.Locator("#q"), 2);
        await organiser.Page.Keyboard.TypeAsync(number);
        await PressAsync(organiser, "Enter", "**/console/registrations?*q=" + number + "*");
        var found = organiser.Page.Locator("tbody a");
        await Expect(found).ToHaveCountAsync(1);
        await organiser.TabToAsync(organiser.Page.Locator("#status"));
        await organiser.Page.Keyboard.PressAsync("ArrowDown");
        await organiser.Page.Keyboard.PressAsync("ArrowDown");
        await Expect(organiser.Page.Locator("#status")).ToHaveValueAsync("REGISTERED");
        await organiser.TabToAsync(organiser.Named(AriaRole.Button, "찾기"));
        await PressAsync(organiser, "Enter", "**/console/registrations?*status=REGISTERED*");
        await organiser.TabToAsync(found);
        await PressAsync(organiser, "Enter", "**/console/registrations/" + number);
        await Expect(organiser.Page.Locator("h1")).ToHaveTextAsync("임키보드");
    }

    private static async Task PressAsync(Reader reader, string key, string leadsTo)
    {
        await reader.Page.Keyboard.PressAsync(key);
        await reader.Page.WaitForURLAsync(leadsTo);
    }
}
