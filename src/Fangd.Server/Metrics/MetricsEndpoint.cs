using System.Text;
using Fangd.Server.Agents;
using Fangd.Server.Health;
using Fangd.Server.Http;
using Fangd.Server.Logs;

namespace Fangd.Server.Metrics;

/// <summary>
/// <c>GET /api/metrics</c>. The documents fix two names, with the product as prefix; one of them is a gauge that ends in <c>_total</c>,
/// against the conventions. Everything else is named <c>fangd_…</c> by them.
/// </summary>
internal sealed class MetricsEndpoint(HttpMeter http, AgentRegistry agents, SystemFacts facts, LogHub logs)
{
    public void Map(RouteTable routes) => routes.Get("/api/metrics", Show);

    private Task Show(Exchange exchange)
    {
        var text = new MetricsText();
        var product = exchange.Dialect.Product;
        text.Single($"{product}_agents_total", "gauge", "Total number of agents", agents.Count);
        text.Single($"{product}_requests_total", "counter", "Total API requests", http.Requests);
        text.Family("fangd_build_info", "gauge", "Version and commit of the running binary.");
        text.Sample("fangd_build_info", 1, ("version", facts.Build.Version), ("commit", facts.Build.GitSha));
        text.Single("fangd_uptime_seconds", "gauge", "Seconds since the daemon started.", Math.Round(facts.Health.Uptime.TotalSeconds, 3));
        text.Single("fangd_resident_memory_bytes", "gauge", "Resident memory of the process.", Environment.WorkingSet);
        text.Single("fangd_panics_total", "counter", "Requests and background steps that ended in a bug.", facts.Health.Panics);
        text.Single("fangd_agents", "gauge", "Living agents.", agents.Count);
        text.Single("fangd_runs_active", "gauge", "Runs that are active or wait for their session.", facts.Runs.Active);
        text.Single("fangd_runs_started_total", "counter", "Runs taken in since the start.", facts.Runs.Started);
        text.Single("fangd_database_bytes", "gauge", "Size of the database file.", facts.Database.FileBytes);
        text.Single("fangd_database_commits_total", "counter", "Transactions committed by the writer.", facts.Database.Writes.Commits);
        text.Single("fangd_database_writes_total", "counter", "Writes committed, several of which share a transaction.", facts.Database.Writes.Jobs);
        text.Single("fangd_database_writes_waiting", "gauge", "Writes that wait for the writer.", facts.Database.Writes.Depth);
        text.Single("fangd_log_lines_dropped_total", "counter", "Log lines lost because the output was too slow.", logs.Dropped);
        ProviderMetrics.Write(text, facts.Circuits, facts.Chains);
        Http(text);
        return exchange.Bytes(200, "text/plain; version=0.0.4; charset=utf-8", Encoding.UTF8.GetBytes(text.ToString()));
    }

    private void Http(MetricsText text)
    {
        text.Single("fangd_http_requests_active", "gauge", "Requests that are being answered.", http.Active);
        text.Single("fangd_http_clients_left_total", "counter", "Requests whose client went away before the answer.", http.ClientsLeft);
        text.Family("fangd_http_responses_total", "counter", "Responses by route and status class.");
        foreach (var (route, series) in http.All)
        {
            foreach (var (statusClass, count) in series.Statuses)
            {
                if (count > 0)
                    text.Sample("fangd_http_responses_total", count, ("route", route), ("status", statusClass));
            }
        }

        text.Family("fangd_http_errors_total", "counter", "Responses with a status of 400 or above, by route.");
        foreach (var (route, series) in http.All)
            text.Sample("fangd_http_errors_total", series.Statuses.Where(s => s.Class is "4xx" or "5xx").Sum(s => s.Count), ("route", route));

        const string duration = "fangd_http_request_duration_seconds";
        text.Family(duration, "histogram", "Time from the request's head to the end of its answer, by route.");
        foreach (var (route, series) in http.All)
        {
            var buckets = series.Snapshot();
            long total = 0;
            for (var i = 0; i < HttpMeter.Buckets.Length; i++)
            {
                total += buckets[i];
                text.Sample(duration + "_bucket", total, ("route", route), ("le", HttpMeter.Buckets[i].ToString("R", System.Globalization.CultureInfo.InvariantCulture)));
            }

            total += buckets[^1];
            text.Sample(duration + "_bucket", total, ("route", route), ("le", "+Inf"));
            text.Sample(duration + "_sum", series.SumSeconds, ("route", route));
            text.Sample(duration + "_count", total, ("route", route));
        }
    }
}
