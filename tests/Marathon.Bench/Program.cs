// ./marathon bench WHAT [--option value …]: measures on servers of its own, prints ratios and spreads, leaves nothing running.
using Marathon.Bench;
using Marathon.Testing;

Interruption.EndsThisProcess();
try
{
    switch (args)
    {
        case ["messaging", .. var options]:
            await MessagingBench.RunAsync(Options.Parse(options, new Options { ["seconds"] = 10, ["rounds"] = 3, ["backlog"] = 200_000, ["idle"] = 60 }));
            return 0;
        case ["sellout", .. var options]:
            var latency = Options.Take("payment-latency", ref options) ?? "0";
            var without = Options.Take("without", ref options)?.Split(',') ?? [];
            if (without.Except(["fulfilment", "notification", "dashboard"]).Any()) throw new WrongOptionException("--without is for services that registering does not need: fulfilment, notification, dashboard");
            return await SelloutBench.RunAsync(Options.Parse(options, new Options { ["places"] = 50_000, ["clients"] = 100, ["seconds"] = 120, ["warmup"] = 10, ["raw"] = 5, ["message-rate"] = 0 }), latency, without) ? 0 : 1;
        case ["load", .. var options]:
            return await LoadBench.RunAsync(Options.Parse(options, new Options { ["users"] = 100, ["seconds"] = 30, ["warmup"] = 5 })) ? 0 : 1;
        case ["dashboard", .. var options]:
            return await DashboardBench.RunAsync(Options.Parse(options, new Options { ["rows"] = 1_000_000, ["seconds"] = 30, ["rate"] = 1000, ["warmup"] = 10, ["streams"] = 2000, ["pause"] = 1000 })) ? 0 : 1;
        default:
            throw new WrongOptionException(args is [var what, ..] ? $"there is no bench {what}" : "which one?");
    }
}
catch (WrongOptionException wrong)
{
    await Console.Error.WriteLineAsync($"""
        {wrong.Message}
        Usage: ./marathon bench messaging [--seconds 10] [--rounds 3] [--backlog 200000] [--idle 60]
               ./marathon bench sellout [--places 50000] [--clients 100] [--seconds 120] [--warmup 10] [--raw 5] [--payment-latency 0] [--message-rate 0] [--without notification,dashboard]
               ./marathon bench load [--users 100] [--seconds 30] [--warmup 5]
               ./marathon bench dashboard [--rows 1000000] [--seconds 30] [--rate 1000] [--warmup 10] [--streams 2000] [--pause 1000]
          0 leaves a part out. --payment-latency is in milliseconds: a number, or a range like 400-620. --message-rate
          is how many messages a second the provider takes: 0 as many as there are. --without services that registering
          does not need, by commas: away while the race sells out, started when all others have drained. How much of
          the rate they take, in two runs by turns, and how soon they catch up.
        """);
    return 2;
}
