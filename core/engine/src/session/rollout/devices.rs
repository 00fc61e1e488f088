//! Devices: registered, changed, moved through their life, lost, claimed for, as tables.

use outpost_domain::data::{EventStatus, Payload};
use outpost_domain::uid::OrganisationUnitUid;
use outpost_rollout::device::{
    Allowance, Change, Claim, ClaimOffer, CopyPlace, Device, DeviceFacts, DeviceNumber,
    DeviceState, FactProblem, Ledger, Numbers, Signature, Signer, Step, TableLine, answer,
    judge_claim, ledger_of, ledger_values, read_table, same_number, set_answer, stage_of,
    write_table,
};
use outpost_rollout::package::ids_device::{asked, stage};
use outpost_rollout::table::LineProblem;
use outpost_sync::ports::Method;
use serde_json::Value;

use super::changes::Doing;
use super::device_program;
use super::places::Places;
use super::sims::Sims;
use crate::error::{OutpostError, Result};
use crate::model::{DeviceChange, DeviceImport, DeviceQuery, DeviceRow};
use crate::session::Session;
use crate::session::online::{get, request};

/// What a lost device is reported with.
#[derive(Debug, Clone, Default)]
pub struct NewLoss {
    /// Somebody took it.
    pub is_stolen: bool,
    /// What happened.
    pub reason: String,
    /// Where.
    pub at_place: String,
    /// Number of the police report.
    pub report_number: String,
    /// The account of its holder is to be locked.
    pub asks_lock: bool,
    /// It is to be wiped when it is next in contact.
    pub asks_wipe: bool,
}

/// What was closed of an agreement.
#[derive(Debug, Clone, Default)]
pub struct Closing {
    /// Signatures that came.
    pub signed: Vec<(Signer, Signature)>,
    /// Copies with the council's stamp.
    pub stamped: Vec<u8>,
    /// File of the photo of the stamps.
    pub stamp_photo: Option<String>,
    /// Where copies lie now.
    pub put: Vec<(u8, CopyPlace)>,
}

/// What a line of a table is taken in with.
struct Taking<'a> {
    /// The place that the line names.
    named: Option<OrganisationUnitUid>,
    /// The place of a device that is new.
    place: Option<OrganisationUnitUid>,
    /// The state of a device that is new.
    state: DeviceState,
    /// The devices that are known.
    known: &'a [Device],
}

/// A refusal of the pure rules, for whoever asked.
pub(super) fn refused(field: &str, code: &str, problem: impl std::fmt::Display) -> OutpostError {
    OutpostError::invalid(field, code, problem)
}

pub(super) fn of_facts(problems: &[FactProblem]) -> OutpostError {
    let field = problems.first().map_or("", |it| it.fact.as_str());
    let words: Vec<String> = match problems {
        [one] => vec![one.problem.clone()],
        problems => problems.iter().map(ToString::to_string).collect(),
    };
    refused(field, "fact", words.join("; "))
}

impl Session {
    /// Registers a device; without a number it gets the next of the series `prefix`.
    ///
    /// # Errors
    /// `InvalidInput` for a number that is taken or leaves a gap, and for facts that cannot be right.
    pub fn add_device(
        &self,
        mut facts: DeviceFacts,
        prefix: &str,
        place: OrganisationUnitUid,
        state: DeviceState,
        by: Option<&str>,
    ) -> Result<DeviceRow> {
        let doing = self.doing(by)?;
        if !matches!(state, DeviceState::Ordered | DeviceState::Received) {
            let reason = "a new device is ordered or received; the rest follows step by step";
            return Err(refused("state", "state", reason));
        }
        self.used_place(device_program(), "device", place)?;
        let known = self.all_devices()?;
        let known: Vec<Device> = known.into_iter().map(|row| row.device).collect();
        let mut numbers = Numbers::of(known.iter().map(|it| it.facts.number.as_str()));
        if facts.number.trim().is_empty() {
            let next = numbers.next(prefix, 1).into_iter().next();
            facts.number = next.map(|number| number.to_string()).unwrap_or_default();
        }
        let mut facts = facts.checked().map_err(|problems| of_facts(&problems))?;
        match numbers.give(&[&facts.number]) {
            Ok(given) => facts.number = given.iter().map(ToString::to_string).collect(),
            Err(problems) => {
                let problem = problems.into_iter().next().map(|(_, problem)| problem.to_string());
                return Err(refused("number", "number", problem.unwrap_or_default()));
            }
        }
        not_doubled(&facts, &known)?;
        if facts.district.is_empty() {
            facts.district = self.district_of(place)?;
        }
        let mut records = self.records_of_inside(&facts, place, &self.sims_if(&facts)?, &doing)?;
        let (id, own) = self.records_of_new(facts, place, state, "", &doing)?;
        records.extend(own);
        self.save_all(&records)?;
        self.device_registry(false)?;
        self.device(id)
    }

    /// Changes facts of a device by their names in tables.
    ///
    /// # Errors
    /// `InvalidInput` for facts that cannot be right; the number and the SIM card have calls of their
    /// own.
    pub fn edit_device(
        &self,
        text: &str,
        facts: &[(String, String)],
        by: Option<&str>,
    ) -> Result<DeviceRow> {
        let doing = self.doing(by)?;
        let row = self.find_device(text)?;
        let mut device = row.device;
        for (name, value) in facts {
            if matches!(name.as_str(), "number" | "iccid" | "msisdn" | "operator") {
                let reason = "the number never changes, and SIM cards go by `sim put`";
                return Err(refused(name, "fact", reason));
            }
            match name.as_str() {
                "state" => return Err(refused(name, "fact", "the state changes by `device step`")),
                "org_unit" => {
                    return Err(refused(name, "fact", "the place changes by `device move`"));
                }
                _ if device.facts.set_fact(name, value) => {}
                "ownership" => {
                    return Err(refused(name, "fact", "is INSTITUTION or PERSONAL"));
                }
                _ => {
                    let known = DeviceFacts::names().join(", ");
                    return Err(refused(name, "fact", format!("no such fact: known are {known}")));
                }
            }
        }
        device.facts = device.facts.checked().map_err(|problems| of_facts(&problems))?;
        let others = self.all_devices()?.into_iter().map(|row| row.device);
        let others: Vec<Device> = others.filter(|it| it.id != device.id).collect();
        not_doubled(&device.facts, &others)?;
        self.save_all(&self.record_of_device(&device, &doing)?)?;
        self.find_device(text)
    }

    /// Gives a device the next number of its series, if another one here has the same: two people
    /// without network gave it twice, and the server took one. Labels and papers of this device are to
    /// be made anew.
    ///
    /// # Errors
    /// `InvalidInput` if its number is its own: then it never changes.
    pub fn renumber_device(&self, text: &str, by: Option<&str>) -> Result<DeviceRow> {
        let doing = self.doing(by)?;
        let row = self.find_device(text)?;
        let others = self.all_devices()?.into_iter().map(|row| row.device);
        let others: Vec<Device> = others.filter(|it| it.id != row.device.id).collect();
        let number = &row.device.facts.number;
        if !others.iter().any(|it| same_number(&it.facts.number, number)) {
            let reason = "the number is this device's own, and stays so";
            return Err(refused("number", "number", reason));
        }
        let prefix = DeviceNumber::parse(number).map(|it| it.prefix).unwrap_or_default();
        let numbers = Numbers::of(others.iter().map(|it| it.facts.number.as_str()));
        let mut device = row.device.clone();
        device.facts.number = numbers.next(&prefix, 1).iter().map(ToString::to_string).collect();
        self.save_all(&self.record_of_device(&device, &doing)?)?;
        self.device_registry(false)?;
        self.device(device.id)
    }

    /// Takes a step of the life-cycle that is no hand-over, return or preparation.
    ///
    /// # Errors
    /// `InvalidInput` for a step that does not follow, with what may.
    pub fn step_device(
        &self,
        text: &str,
        to: DeviceState,
        reason: &str,
        more: Vec<(&'static str, String)>,
        by: Option<&str>,
    ) -> Result<DeviceRow> {
        let doing = self.doing(by)?;
        let row = self.find_device(text)?;
        // These have sessions, whose checks nobody goes round.
        if matches!(to, DeviceState::HandedOver | DeviceState::Returned | DeviceState::Prepared) {
            let reason = "this step has its own command: prepare, hand-over, return";
            return Err(refused("state", "state", reason));
        }
        let (reason, by, at) = (reason.to_owned(), doing.by.clone(), doing.at.clone());
        let step = Step { to, reason, by, at };
        let change = Change::step(&row.device, stage_of(to), &step, more);
        let change = change.map_err(|problem| refused("state", "state", problem))?;
        self.save_change(&row, &change, &doing)
    }

    pub(super) fn save_change(
        &self,
        row: &DeviceRow,
        change: &Change,
        doing: &Doing,
    ) -> Result<DeviceRow> {
        self.save_all(&self.records_of(row.standing.enrollment, change, doing)?)?;
        self.device_registry(false)?;
        self.device(row.device.id)
    }

    /// The agreement of a device's latest hand-over.
    ///
    /// # Errors
    /// `NotFound` if it was never handed over.
    pub fn device_agreement(&self, text: &str) -> Result<Ledger> {
        let row = self.find_device(text)?;
        let id =
            row.standing.hand_over.ok_or_else(|| OutpostError::not_found("hand-over", text))?;
        Ok(ledger_of(&self.load_changed_event(id)?))
    }

    /// Closes what was open of an agreement: signatures, stamps, places of the copies.
    ///
    /// # Errors
    /// `NotFound` if it was never handed over; `InvalidInput` for a third copy.
    pub fn close_agreement(
        &self,
        text: &str,
        closing: Closing,
        by: Option<&str>,
    ) -> Result<DeviceRow> {
        let doing = self.doing(by)?;
        let row = self.find_device(text)?;
        let id =
            row.standing.hand_over.ok_or_else(|| OutpostError::not_found("hand-over", text))?;
        let mut event = self.load_changed_event(id)?;
        let mut ledger = ledger_of(&event);
        let no_copy = || refused("copy", "copy", "there are two copies: 1 and 2");
        for (signer, signature) in closing.signed {
            ledger.sign(signer, signature);
        }
        for copy in closing.stamped {
            ledger.stamp(copy).then_some(()).ok_or_else(no_copy)?;
        }
        for (copy, place) in closing.put {
            ledger.put(copy, place).then_some(()).ok_or_else(no_copy)?;
        }
        if let Some(photo) = closing.stamp_photo {
            ledger.stamp_photo = photo;
        }
        for (id, value) in ledger_values(&ledger) {
            set_answer(&mut event, id, &value);
        }
        if ledger.open().is_empty() {
            event.status = EventStatus::Completed;
            event.completed_at = Some(doing.today());
        }
        event.updated_at_client = Some(doing.world.now_text());
        self.save_all(&[Payload::Event { event }])?;
        self.find_device(text)
    }

    /// Reports a device as lost or stolen. Lock and wipe are asked for in the same record.
    ///
    /// # Errors
    /// As [`Session::step_device`].
    pub fn report_loss(&self, text: &str, loss: NewLoss, by: Option<&str>) -> Result<DeviceRow> {
        let doing = self.doing(by)?;
        let asked_at = |asks: bool| if asks { doing.at.clone() } else { String::new() };
        let more = vec![
            (asked::LOSS_PLACE, loss.at_place.clone()),
            (asked::REPORT_NUMBER, loss.report_number.clone()),
            (asked::LOCK_ASKED, asked_at(loss.asks_lock)),
            (asked::WIPE_ASKED, asked_at(loss.asks_wipe)),
        ];
        let to = if loss.is_stolen { DeviceState::Stolen } else { DeviceState::Lost };
        self.step_device(text, to, &loss.reason, more, by)
    }

    /// Locks the account of a lost device's holder on the server, and writes down when. Needs network
    /// and the right to change users. A phone whose account is locked asks the server nothing any more,
    /// also not whether to wipe: with a wipe that is asked for and not done it is refused, unless
    /// `at_once` says that the lock matters more.
    ///
    /// # Errors
    /// `InvalidInput` if it is not lost, its holder has no account, or the wipe would not be heard of;
    /// `Offline`, `Forbidden`.
    pub fn lock_holder(&self, text: &str, at_once: bool, by: Option<&str>) -> Result<DeviceRow> {
        let doing = self.doing(by)?;
        let row = self.find_device(text)?;
        let user = row.device.facts.holder_user.clone();
        let Some(loss) = row.standing.loss.filter(|_| !row.device.state.is_with_holder()) else {
            return Err(refused("device", "state", "report the device as lost or stolen first"));
        };
        if user.is_empty() {
            let reason = "no account is known of its holder: `device set NUMBER holder_user=…`";
            return Err(refused("holder_user", "missing", reason));
        }
        if row.awaits_wipe() && !at_once {
            let reason = "the phone has not been wiped yet, and with its account locked it would \
                          not hear of that: wait until it is wiped, or lock it at once";
            return Err(refused("device", "wipe_waits", reason));
        }
        let target = format!(
            "/api/users?filter=username:eq:{}&fields=id&paging=false",
            outpost_wire::percent::encoded_value(&user)
        );
        let answer = self.ask(get(target))?.done("the list of users")?;
        let found: Value = serde_json::from_slice(&answer.body).map_err(OutpostError::internal)?;
        let id = found["users"][0]["id"].as_str().unwrap_or_default();
        let id = outpost_domain::uid::Uid::parse(id)
            .map_err(|_| OutpostError::not_found("account of the holder", &user))?;
        let target = format!("/api/users/{id}/disabled");
        self.ask(request(Method::Post, target, None))?.done("locking an account")?;
        self.note_on_loss(loss, asked::LOCKED_AT, &doing)?;
        self.find_device(text)
    }

    /// Writes down that a lost device is wiped: it told so, or a person saw it.
    ///
    /// # Errors
    /// `InvalidInput` if it cannot become wiped.
    pub fn note_wiped(&self, text: &str, reason: &str, by: Option<&str>) -> Result<DeviceRow> {
        let row = self.step_device(text, DeviceState::Wiped, reason, Vec::new(), by)?;
        if let Some(loss) = row.standing.loss.filter(|_| !row.standing.wipe_asked.is_empty()) {
            self.note_on_loss(loss, asked::WIPED_AT, &self.doing(by)?)?;
        }
        self.find_device(text)
    }

    fn note_on_loss(
        &self,
        loss: outpost_domain::uid::EventUid,
        what: &str,
        doing: &Doing,
    ) -> Result<()> {
        let mut event = self.load_changed_event(loss)?;
        set_answer(&mut event, what, &doing.at);
        event.updated_at_client = Some(doing.world.now_text());
        self.save_all(&[Payload::Event { event }])
    }

    /// Files a claim for a personal phone.
    ///
    /// # Errors
    /// `InvalidInput` for a month that is not over or was claimed, another currency, a phone of the
    /// institution.
    pub fn claim_allowance(
        &self,
        text: &str,
        claim: &Claim,
        allowance: &Allowance,
        by: Option<&str>,
    ) -> Result<ClaimOffer> {
        let doing = self.doing(by)?;
        let row = self.find_device(text)?;
        let source = self.device_source(row.device.id)?;
        let claims = source.events.iter().map(|(event, _)| event);
        let claims = claims.filter(|it| it.program_stage.as_str() == stage::CLAIM && !it.deleted);
        let counted = claims.filter(|it| answer(it, asked::CLAIM_STATE) != "REFUSED");
        let claimed: Vec<String> = counted.map(|it| answer(it, asked::PERIOD).to_owned()).collect();
        let this_month = doing.today().replace('-', "").get(..6).unwrap_or_default().to_owned();
        let offer = judge_claim(&row.device, claim, allowance, &claimed, &this_month)
            .map_err(|problem| refused("claim", "claim", problem))?;
        let values = [
            (asked::PERIOD, claim.month.clone()),
            (asked::ALLOWANCE, allowance.monthly.to_string()),
            (asked::CLAIMED, claim.amount.to_string()),
            (asked::CURRENCY, allowance.currency.clone()),
            (
                asked::DATA_USED_KB,
                claim.data_used_bytes.map(|it| (it / 1_000).to_string()).unwrap_or_default(),
            ),
            (asked::CLAIM_STATE, "OPEN".to_owned()),
            (asked::APPROVED, String::new()),
        ];
        let change = Change::note(row.device.clone(), stage::CLAIM, doing.told(""), values);
        self.save_change(&row, &change, &doing)?;
        Ok(offer)
    }

    /// Devices as a table.
    ///
    /// # Errors
    /// As [`Session::devices`].
    pub fn export_devices(&self, query: &DeviceQuery) -> Result<String> {
        let devices: Vec<Device> = self.devices(query)?.into_iter().map(|row| row.device).collect();
        Ok(write_table(&devices))
    }

    /// Takes a table in, whole or not at all. New devices come to `place` unless their line says where.
    ///
    /// # Errors
    /// Storage errors; what is wrong with the table is part of the answer.
    pub fn import_devices(
        &self,
        table: &str,
        place: Option<OrganisationUnitUid>,
        state: DeviceState,
        is_dry_run: bool,
        by: Option<&str>,
    ) -> Result<DeviceImport> {
        let doing = self.doing(by)?;
        let rows = self.all_devices()?;
        let known: Vec<Device> = rows.iter().map(|row| row.device.clone()).collect();
        let lines = match read_table(table, &known) {
            Ok(lines) => lines,
            Err(problems) => return Ok(DeviceImport { problems, ..DeviceImport::default() }),
        };
        let mut import = DeviceImport::default();
        let mut records = Vec::new();
        let has_card = |line: &TableLine| !line.facts.sim.iccid.is_empty();
        let sims = match lines.iter().find(|line| line.device.is_none() && has_card(line)) {
            Some(line) => self.sims_if(&line.facts)?,
            None => self.known_sims()?,
        };
        let mut places = Places::of(device_program(), "device");
        let used = |it| self.used_place(device_program(), "device", it);
        let place = place.map(used).transpose()?;
        for line in lines {
            let at = line.line;
            let taken = match places.of_line(self, &line.place, at) {
                Ok(named) => {
                    let taking = Taking { named, place: named.or(place), state, known: &known };
                    self.take_line(line, &taking, &sims, &doing, &mut records, &mut import)?
                }
                Err(problem) => Err(problem),
            };
            import.problems.extend(taken.err());
        }
        if !import.problems.is_empty() {
            let problems = import.problems;
            return Ok(DeviceImport { problems, ..DeviceImport::default() });
        }
        if !is_dry_run {
            self.save_all(&records)?;
            self.device_registry(false)?;
        }
        Ok(import)
    }

    fn take_line(
        &self,
        line: TableLine,
        taking: &Taking<'_>,
        sims: &Sims,
        doing: &Doing,
        records: &mut Vec<Payload>,
        import: &mut DeviceImport,
    ) -> Result<std::result::Result<(), LineProblem>> {
        let wrong = |problem: String| {
            Ok(Err(LineProblem { line: line.line, column: "iccid".to_owned(), problem }))
        };
        if let Some(before) = line.device.map(|at| &taking.known[at]) {
            if line.facts.sim != before.facts.sim {
                return wrong("SIM cards of known devices go by `sim put`".to_owned());
            }
            return self.change_by_line(line, before, (taking.named, sims), doing, records, import);
        }
        let Some(place) = taking.place else { return Ok(Err(Places::missing(line.line))) };
        let mut facts = line.facts;
        if facts.district.is_empty() {
            facts.district = self.district_of(place)?;
        }
        match self.records_of_inside(&facts, place, sims, doing) {
            Ok(inside) => records.extend(inside),
            Err(OutpostError::InvalidInput { reason, .. }) => return wrong(reason),
            Err(error) => return Err(error),
        }
        import.added += 1;
        records.extend(self.records_of_new(facts, place, taking.state, "", doing)?.1);
        Ok(Ok(()))
    }

    fn change_by_line(
        &self,
        line: TableLine,
        before: &Device,
        (named, sims): (Option<OrganisationUnitUid>, &Sims),
        doing: &Doing,
        records: &mut Vec<Payload>,
        import: &mut DeviceImport,
    ) -> Result<std::result::Result<(), LineProblem>> {
        let mut after = line.facts;
        let mut changed = Vec::new();
        if let Some(to) = named.filter(|to| *to != before.place) {
            if after.district == before.facts.district {
                after.district = self.district_of(to)?;
            }
            match self.records_of_move(before, to, sims, doing) {
                Ok(moved) => changed.extend(moved),
                Err(OutpostError::InvalidInput { reason, .. }) => {
                    return Ok(Err(Places::problem(line.line, reason)));
                }
                Err(error) => return Err(error),
            }
        }
        let place = named.unwrap_or(before.place);
        let facts = before.facts.differences(&after);
        let device = Device { facts: after, place, ..before.clone() };
        changed.extend(self.record_of_device(&device, doing)?);
        import.changed += usize::from(!changed.is_empty());
        import.unchanged += usize::from(changed.is_empty());
        if !changed.is_empty() {
            let change = DeviceChange {
                line: line.line,
                number: before.facts.number.clone(),
                facts: facts
                    .into_iter()
                    .map(|(name, old, new)| (name.to_owned(), old, new))
                    .collect(),
                is_moved: place != before.place,
            };
            import.changes.push(change);
        }
        records.extend(changed);
        Ok(Ok(()))
    }

    /// Name of the district of a place: the second level of the hierarchy, or the place itself.
    pub(super) fn district_of(&self, place: OrganisationUnitUid) -> Result<String> {
        let unit = self.organisation_unit(place)?;
        let district = unit.path.split('/').filter(|id| !id.is_empty()).nth(1);
        let district = district.and_then(|id| OrganisationUnitUid::parse(id).ok());
        self.unit_name(district.unwrap_or(place))
    }
}

/// Serial number and IMEI are one device's only.
fn not_doubled(facts: &DeviceFacts, others: &[Device]) -> Result<()> {
    let of = |it: &DeviceFacts| {
        let values = [("serial", it.serial.clone()), ("imei_1", it.imei_1.clone())];
        let values = values.into_iter().chain([("imei_2", it.imei_2.clone())]);
        values.filter(|(_, value)| !value.is_empty()).collect::<Vec<_>>()
    };
    let own = of(facts);
    for other in others {
        let theirs = of(&other.facts);
        let same = own.iter().find(|(_, value)| theirs.iter().any(|(_, it)| it == value));
        if let Some((name, _)) = same {
            let reason = format!("device {} has the same", other.facts.number);
            return Err(refused(name, "taken", reason));
        }
    }
    Ok(())
}
