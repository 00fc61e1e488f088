//! An expression back as text: in its normal form, with names for ids, or with constants filled in.
//!
//! Spacing is the peer's, odd places included, so that texts can be compared with the server's.

use std::collections::HashMap;

use super::function::Function;
use super::item::{Item, ItemProblem};
use super::java::double_to_text;
use super::tree::{Kind, NodeId, Tree, UnaryOperator, VariableSource};

/// Display names by variable name or uid.
pub type Names = HashMap<String, String>;

/// What stands for ids and items.
pub(super) struct Wording<'w> {
    pub names: &'w Names,
    /// Numbers that replace items, as constants and counts of organisation units.
    pub number: &'w dyn Fn(&Item) -> Option<f64>,
}

/// The text of the expression below `root`.
pub(super) fn describe(
    tree: &Tree,
    source: &str,
    root: NodeId,
    wording: &Wording<'_>,
) -> Result<String, ItemProblem> {
    let mut writer = Writer { tree, source, wording, out: String::new(), passed_root: false };
    writer.node(root)?;
    Ok(writer.out)
}

struct Writer<'a> {
    tree: &'a Tree,
    source: &'a str,
    wording: &'a Wording<'a>,
    out: String,
    /// The first parentheses stand for the whole and are not written.
    passed_root: bool,
}

impl Writer<'_> {
    fn written(&self, id: NodeId) -> &str {
        self.tree.node(id).span.of(self.source)
    }

    fn push_written(&mut self, id: NodeId) {
        let text = self.tree.node(id).span.of(self.source);
        self.out.push_str(text);
    }

    fn node(&mut self, id: NodeId) -> Result<(), ItemProblem> {
        match &self.tree.node(id).kind {
            Kind::Parentheses => self.parentheses(id),
            Kind::Argument => self.argument(id),
            Kind::Binary(_) => self.chain(id),
            Kind::Unary(operator) => self.unary(id, *operator),
            Kind::Function(function) => {
                self.out.push_str(function.name());
                self.list(id, if *function == Function::Is { " in " } else { "," })
            }
            Kind::Modifier(_) => {
                self.out.push('.');
                let written = self.written(id);
                let name = written.split('(').next().unwrap_or_default().to_owned();
                self.out.push_str(name.trim_end());
                self.list(id, ",")
            }
            Kind::Item(_) => self.item(id),
            Kind::Variable(source) => self.variable(id, *source),
            Kind::Named => {
                self.out.push('[');
                self.push_written(id);
                self.out.push(']');
                Ok(())
            }
            Kind::Text(_) => {
                self.out.push('\'');
                self.push_written(id);
                self.out.push('\'');
                Ok(())
            }
            Kind::Uid => {
                let name = self.wording.names.get(self.written(id)).cloned();
                match name {
                    Some(name) => self.out.push_str(&name),
                    None => self.push_written(id),
                }
                Ok(())
            }
            Kind::Identifier(tag) => {
                self.push_written(id);
                self.out.push_str(if tag.is_some() { ":" } else { "" });
                Ok(())
            }
            Kind::Number(_) | Kind::Integer(_) | Kind::Date(_) | Kind::Boolean(_) | Kind::Null => {
                self.push_written(id);
                Ok(())
            }
        }
    }

    fn children(&mut self, id: NodeId) -> Result<(), ItemProblem> {
        for index in 0..self.tree.children(id).len() {
            self.node(self.tree.children(id)[index])?;
        }
        Ok(())
    }

    fn parentheses(&mut self, id: NodeId) -> Result<(), ItemProblem> {
        let is_root = !self.passed_root && self.out.is_empty();
        if is_root {
            self.passed_root = true;
            return self.children(id);
        }
        self.out.push('(');
        self.children(id)?;
        self.out.push(')');
        Ok(())
    }

    fn argument(&mut self, id: NodeId) -> Result<(), ItemProblem> {
        let mut after_uid = false;
        for index in 0..self.tree.children(id).len() {
            let child = self.tree.children(id)[index];
            let is_uid = self.tree.node(child).kind == Kind::Uid;
            if after_uid && is_uid {
                self.out.push('&');
            }
            self.node(child)?;
            after_uid = is_uid;
        }
        Ok(())
    }

    /// Arguments; what stands behind the first is not always a comma.
    fn list(&mut self, id: NodeId, behind_first: &str) -> Result<(), ItemProblem> {
        self.out.push('(');
        for index in 0..self.tree.children(id).len() {
            match index {
                0 => {}
                1 => self.out.push_str(behind_first),
                _ => self.out.push(','),
            }
            self.node(self.tree.children(id)[index])?;
        }
        self.out.push(')');
        Ok(())
    }

    fn operand(&mut self, id: NodeId, index: usize) -> Result<(), ItemProblem> {
        // An operator that lost its operand cannot be written: the peer fails on it too.
        self.node(self.tree.child(id, index).ok_or(ItemProblem::Empty)?)
    }

    /// Left operands in a loop, as in evaluation.
    fn chain(&mut self, top: NodeId) -> Result<(), ItemProblem> {
        let mut at = top;
        while let Some(left) = self.tree.child(at, 0)
            && self.tree.node(left).up == Some(at)
        {
            at = left;
        }
        self.operand(at, 0)?;
        loop {
            self.out.push(' ');
            self.push_written(at);
            self.out.push(' ');
            self.operand(at, 1)?;
            match self.tree.node(at).up {
                Some(up) if at != top => at = up,
                _ => return Ok(()),
            }
        }
    }

    fn unary(&mut self, id: NodeId, operator: UnaryOperator) -> Result<(), ItemProblem> {
        let is_word = self.written(id).starts_with(|c: char| c.is_ascii_alphabetic());
        debug_assert!(is_word || operator != UnaryOperator::Distinct);
        let space = if is_word { " " } else { "" };
        self.out.push_str(space);
        self.push_written(id);
        self.out.push_str(space);
        self.operand(id, 0)
    }

    fn item(&mut self, id: NodeId) -> Result<(), ItemProblem> {
        let (item, _) = &self.tree.items[self.tree.node(id).slot as usize];
        let item = item.as_ref().map_err(|problem| *problem)?;
        if let Some(number) = (self.wording.number)(item) {
            self.out.push_str(&double_to_text(number));
            return Ok(());
        }
        let first = self.tree.child(id, 0).and_then(|argument| self.tree.child(argument, 0));
        let is_event_date = first.is_some_and(|first| self.written(first) == "PS_EVENTDATE");
        if !is_event_date {
            self.out.push_str(item.kind.symbol());
            self.out.push('{');
        }
        for index in 0..self.tree.children(id).len() {
            if index > 0 {
                self.out.push('.');
            }
            self.node(self.tree.children(id)[index])?;
        }
        if !is_event_date {
            self.out.push('}');
        }
        self.modifiers(id)
    }

    /// Those that were written; the mark of aggregate functions is not.
    fn modifiers(&mut self, id: NodeId) -> Result<(), ItemProblem> {
        use super::modifier::Modifier::PeriodAggregation;
        for index in 0..self.tree.modifiers_of(id).len() {
            let modifier = self.tree.modifiers_of(id)[index];
            if self.tree.node(modifier).kind != Kind::Modifier(PeriodAggregation) {
                self.node(modifier)?;
            }
        }
        Ok(())
    }

    fn variable(&mut self, id: NodeId, source: VariableSource) -> Result<(), ItemProblem> {
        let name = self.tree.child(id, 0).ok_or(ItemProblem::Empty)?;
        if let Some(shown) = self.wording.names.get(self.written(name)).cloned() {
            self.out.push_str(&shown);
            return Ok(());
        }
        let symbol = match source {
            VariableSource::Program => "V",
            VariableSource::Intent => "VAR",
            VariableSource::Rule if self.written(id).starts_with('A') => "A",
            VariableSource::Rule if self.written(id).starts_with('#') => "#",
            VariableSource::Rule => "",
        };
        if symbol.is_empty() {
            self.node(name)?;
        } else {
            self.out.push_str(symbol);
            self.out.push('{');
            self.node(name)?;
            self.out.push('}');
        }
        self.modifiers(id)
    }
}
