//! Quiet hours: pure, with the time as an argument and the clocks of a time zone.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use watchroom_domain::{Micros, QuietHours};

/// Quiet hours that follow one another without a gap are one; at most so many in a row.
const IN_A_ROW: usize = 8;

/// When the quiet hours end that this moment is in; `None` outside of them, and in a time zone that is not
/// known here.
pub fn ends_us(quiet: &QuietHours, at_us: Micros) -> Option<Micros> {
    let zone = TimeZone::get(&quiet.time_zone).ok()?;
    let mut ends = None;
    let mut at_us = at_us;
    for _ in 0..IN_A_ROW {
        match window_end(quiet, &zone, at_us) {
            Some(end_us) => (ends, at_us) = (Some(end_us), end_us),
            None => break,
        }
    }
    ends
}

fn window_end(quiet: &QuietHours, zone: &TimeZone, at_us: Micros) -> Option<Micros> {
    let today = Timestamp::from_microsecond(at_us).ok()?.to_zoned(zone.clone()).date();
    let begun_yesterday = today.yesterday().ok();
    let windows = [Some(today), begun_yesterday].into_iter().flatten();
    let around = windows.filter_map(|day| window(quiet, zone, day)).filter(|w| w.0 <= at_us && at_us < w.1);
    around.map(|w| w.1).max()
}

/// Begin and end of the quiet hours that begin on this day. A time that the clocks leave out is taken as
/// much later as they jump, one that they show twice as the first.
fn window(quiet: &QuietHours, zone: &TimeZone, day: Date) -> Option<(Micros, Micros)> {
    let bit = u8::try_from(day.weekday().to_monday_zero_offset()).ok()?;
    if quiet.days >> bit & 1 == 0 {
        return None;
    }
    let last = if quiet.to > quiet.from { day } else { day.checked_add(1.day()).ok()? };
    let moment = |day: Date, minutes: u16| {
        let (hour, minute) = (i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?);
        let zoned = day.at(hour, minute, 0, 0).to_zoned(zone.clone()).ok()?;
        Some(zoned.timestamp().as_microsecond())
    };
    Some((moment(day, quiet.from)?, moment(last, quiet.to)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use watchroom_domain::{HOUR_US, MINUTE_US};

    fn nights(time_zone: &str) -> QuietHours {
        QuietHours {
            from: 22 * 60,
            to: 7 * 60,
            days: 0b111_1111,
            time_zone: time_zone.to_owned(),
            critical_breaks_through: true,
        }
    }

    fn at(text: &str) -> Micros {
        text.parse::<Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn a_night_is_quiet_by_the_clocks_of_its_time_zone() {
        let table = [
            ("2026-01-15T21:59:59+01:00", None),
            ("2026-01-15T22:00:00+01:00", Some("2026-01-16T07:00:00+01:00")),
            ("2026-01-16T03:00:00+01:00", Some("2026-01-16T07:00:00+01:00")),
            ("2026-01-16T07:00:00+01:00", None),
            ("2026-01-16T12:00:00+01:00", None),
        ];
        for (moment, end) in table {
            assert_eq!(ends_us(&nights("Europe/Zurich"), at(moment)), end.map(at), "{moment}");
        }
        assert_eq!(ends_us(&nights("Asia/Shanghai"), at("2026-01-16T03:00:00+01:00")), None);
    }

    #[test]
    fn a_night_in_which_the_clocks_are_set_is_an_hour_shorter_or_longer() {
        let zurich = nights("Europe/Zurich");
        let length = |begin: &str| ends_us(&zurich, at(begin)).unwrap() - at(begin);
        assert_eq!(length("2026-03-28T22:00:00+01:00"), 8 * HOUR_US);
        assert_eq!(length("2026-10-24T22:00:00+02:00"), 10 * HOUR_US);
        assert_eq!(length("2026-06-01T22:00:00+02:00"), 9 * HOUR_US);
    }

    #[test]
    fn an_end_that_the_clocks_leave_out_or_show_twice_comes_once() {
        let mut short = nights("Europe/Zurich");
        (short.from, short.to) = (60, 150);
        let end = ends_us(&short, at("2026-03-29T01:30:00+01:00")).unwrap();
        assert_eq!(end, at("2026-03-29T03:30:00+02:00"));
        assert_eq!(ends_us(&short, end), None);
        let end = ends_us(&short, at("2026-10-25T01:30:00+02:00")).unwrap();
        assert_eq!(end, at("2026-10-25T02:30:00+02:00"));
        // The second half past two is not quiet any more.
        assert_eq!(ends_us(&short, end + HOUR_US - MINUTE_US), None);
    }

    #[test]
    fn whole_days_in_a_row_end_once() {
        let mut weekend = nights("Europe/Zurich");
        (weekend.from, weekend.to, weekend.days) = (0, 0, 0b110_0000);
        let end = Some(at("2026-01-19T00:00:00+01:00"));
        assert_eq!(ends_us(&weekend, at("2026-01-17T10:00:00+01:00")), end);
        assert_eq!(ends_us(&weekend, at("2026-01-18T10:00:00+01:00")), end);
        assert_eq!(ends_us(&weekend, at("2026-01-19T00:00:00+01:00")), None);
        assert_eq!(ends_us(&weekend, at("2026-01-16T23:00:00+01:00")), None);
    }

    #[test]
    fn in_an_unknown_time_zone_nothing_is_held() {
        assert_eq!(ends_us(&nights("Mars/Olympus"), at("2026-01-16T03:00:00+01:00")), None);
    }
}
