//! `golive chart …`: what a site's records and days look like.

use jiff::civil::Date;
use outpost_engine::rollout::golive::adoption::Adoption;
use outpost_engine::rollout::golive::days::{AdoptionDay, AdoptionDays};
use outpost_engine::rollout::golive::readiness::{Light, Readiness};
use outpost_engine::rollout::golive::record::GoLive;
use outpost_engine::{OutpostError, Result, Session};
use outpost_print::{Chart, ChartKind, ChartWords, Panel, Panels, Series};

use super::super::chart::{Drawn, bars, drawn};
use super::super::print::{language, write};
use super::with_lights;
use crate::args::{ChartName, GoLiveChart};
use crate::output::Output;
use crate::strings::golive as strings;

/// Draws what was asked for, as the name of its file says.
pub(super) fn draw(session: &Session, arguments: &GoLiveChart, output: Output) -> Result<u8> {
    let language = language(&arguments.language)?;
    let words = language.chart_words();
    let it = match (arguments.chart, arguments.by_day) {
        (ChartName::Adoption, true) => Drawn::Several(days(session, arguments, words)?),
        (_, true) => {
            let reason = "only adoption is drawn by day";
            return Err(OutpostError::invalid("by_day", "chart", reason));
        }
        (ChartName::Comparison, _) => {
            let site = session.golive_site(site_of(arguments)?)?;
            let what = arguments.what.as_deref();
            let none = || strings::not_compared(&site, what);
            let chart = comparison(&site, what, words);
            Drawn::One(chart.ok_or_else(|| OutpostError::invalid("what", "unknown", none()))?)
        }
        (ChartName::Adoption, _) => Drawn::One(adoption(session, arguments.days, words)?),
        (ChartName::Readiness, _) => Drawn::One(readiness(session, words)?),
    };
    let printed = drawn(&it, ("out", &arguments.out), language)?;
    write(&arguments.out, &printed, output)
}

fn site_of(arguments: &GoLiveChart) -> Result<&str> {
    let missing = || OutpostError::invalid("site", "missing", "name the site with --site");
    arguments.site.as_deref().ok_or_else(missing)
}

/// Totals of both sides by period, of one thing that is counted; `None` if nothing was compared.
pub(in crate::commands) fn comparison(
    site: &GoLive,
    what: Option<&str>,
    words: &ChartWords,
) -> Option<Chart> {
    let what = what.or(site.comparisons.first().map(|it| it.what.as_str()))?;
    let mut rows: Vec<_> = site.comparisons.iter().filter(|it| it.what == what).collect();
    rows.sort_by(|a, b| (a.period.len(), &a.period).cmp(&(b.period.len(), &b.period)));
    if rows.is_empty() {
        return None;
    }
    let series = |name: &str, value: fn(i64, i64) -> i64| Series {
        name: name.to_owned(),
        values: rows.iter().map(|it| Some(value(it.before, it.app) as f64)).collect(),
    };
    Some(Chart {
        kind: ChartKind::Lines,
        title: format!("{}: {what}", site.site),
        unit: String::new(),
        names: rows.iter().map(|it| it.period.clone()).collect(),
        series: vec![series(words.register, |before, _| before), series(words.app, |_, app| app)],
    })
}

fn adoption(session: &Session, days: i32, words: &ChartWords) -> Result<Chart> {
    let sites = session.golive_adoption(days)?;
    let of = |value: fn(&Adoption) -> u64| sites.iter().map(value).collect::<Vec<_>>();
    let recent = words.recent.replace("{days}", &days.to_string());
    let series = [
        (recent.as_str(), of(|it| it.recent)),
        (words.silent, of(|it| it.silent.len() as u64)),
        (words.refused, of(|it| it.refused)),
        (words.requests, of(|it| it.support_open)),
    ];
    Ok(bars(words.first_weeks, sites.iter().map(|it| it.site.clone()).collect(), &series))
}

fn days(session: &Session, arguments: &GoLiveChart, words: &ChartWords) -> Result<Panels> {
    let sites = session.golive_adoption_days(Some(site_of(arguments)?), arguments.days)?;
    let site = sites.first().ok_or_else(|| OutpostError::internal("a site without days"))?;
    Ok(panels_of(site, words))
}

/// Devices, support requests and refused records of a site, day by day.
fn panels_of(site: &AdoptionDays, words: &ChartWords) -> Panels {
    let part = |name: &str, value: &dyn Fn(&AdoptionDay) -> Option<u64>| Series {
        name: name.to_owned(),
        values: site.days.iter().map(|day| value(day).map(|count| count as f64)).collect(),
    };
    let devices = vec![
        part(words.synchronised, &|it| Some(it.synced)),
        part(words.silent, &|it| Some(it.silent.len() as u64)),
        part(words.not_known, &|it| Some(it.unknown.len() as u64)),
    ];
    let panel = |title: &str, parts| Panel { title: title.to_owned(), parts };
    let day = |it: Option<&AdoptionDay>| it.map_or(Date::ZERO, |it| it.day);
    let (first, last) = (day(site.days.first()), day(site.days.last()));
    Panels {
        title: format!("{}: {}", site.site, words.first_weeks),
        span: format!("{first} – {last}"),
        names: site.days.iter().map(|it| it.day.strftime("%m-%d").to_string()).collect(),
        panels: vec![
            panel(words.devices, devices),
            panel(words.requests, vec![part("", &|it| it.requests)]),
            panel(words.refused, vec![part("", &|it| it.refused)]),
        ],
    }
}

fn readiness(session: &Session, words: &ChartWords) -> Result<Chart> {
    let sites = with_lights(session)?;
    let count = |light: Light| {
        let of = |(_, readiness): &(GoLive, Readiness)| {
            readiness.lines.iter().filter(|it| it.light == light).count() as u64
        };
        sites.iter().map(of).collect::<Vec<_>>()
    };
    let series = [
        (words.green, count(Light::Green)),
        (words.amber, count(Light::Amber)),
        (words.red, count(Light::Red)),
    ];
    Ok(bars(words.readiness, sites.iter().map(|(site, _)| site.site.clone()).collect(), &series))
}
