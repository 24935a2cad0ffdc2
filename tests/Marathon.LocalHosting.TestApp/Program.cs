// Without arguments an application host; as one of its own resources a small service.
using Aspire.Hosting;
using Marathon.LocalHosting.TestApp;

if (Environment.GetEnvironmentVariable("TEST_SERVICE") is null) TestHost.Run(args);
else TestService.Run();
