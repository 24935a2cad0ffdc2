// ./marathon bench WHAT [--option value …]: measures on servers of its own, prints ratios and spreads, leaves nothing running.
using Marathon.Bench;

switch (args)
{
    case ["messaging", .. var options]:
        await MessagingBench.RunAsync(Options.Parse(options, new Options { ["seconds"] = 10, ["rounds"] = 3, ["backlog"] = 200_000, ["idle"] = 60 }));
        return 0;
    default:
        await Console.Error.WriteLineAsync("Usage: ./marathon bench messaging [--seconds 10] [--rounds 3] [--backlog 200000] [--idle 60]\n  0 leaves a part out.");
        return 2;
}
