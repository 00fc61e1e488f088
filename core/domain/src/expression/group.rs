//! Operators take their operands: the Kotlin dialect's regrouping of a flat draft.
//!
//! Each binary operator is a level of its own and unary operators are taken one kind at a time, from
//! the right; mixed runs of them lose operands, exactly as in the peer (expressions reference 2).

use super::error::{ParseError, ParseProblem};
use super::modifier::Modifier;
use super::tree::{
    BINARY_OPERATORS, BinaryOperator, Draft, Kind, NodeId, UnaryOperator, VariableSource,
};
use crate::limits::EXPRESSION_NODES_MAX;

/// Groups every list of children, strongest operator first.
pub(super) fn group_operators(draft: &mut Draft, root: NodeId) -> Result<(), ParseError> {
    group_binary(draft, root, BinaryOperator::Power)?;
    let unary =
        [UnaryOperator::Plus, UnaryOperator::Minus, UnaryOperator::Not, UnaryOperator::Distinct];
    for operator in unary {
        group_unary(draft, root, operator);
    }
    let mut last = BinaryOperator::Power;
    for (operator, _) in BINARY_OPERATORS {
        if operator != last {
            group_binary(draft, root, operator)?;
            last = operator;
        }
    }
    Ok(())
}

fn is_free(draft: &Draft, id: NodeId, kind: &Kind) -> bool {
    let node = draft.node(id);
    node.kind == *kind && node.children.is_empty()
}

/// Runs `regroup` over the children of every node that has some of this kind, parents first.
fn for_each_list(
    draft: &mut Draft,
    root: NodeId,
    kind: &Kind,
    mut regroup: impl FnMut(&mut Draft, Vec<NodeId>) -> Result<Vec<NodeId>, ParseError>,
) -> Result<(), ParseError> {
    if !draft.nodes.iter().any(|node| node.kind == *kind) {
        return Ok(());
    }
    let mut waiting = vec![root];
    while let Some(id) = waiting.pop() {
        if draft.node(id).children.iter().any(|child| is_free(draft, *child, kind)) {
            let children = std::mem::take(&mut draft.node_mut(id).children);
            let grouped = regroup(draft, children)?;
            draft.node_mut(id).children = grouped;
        }
        waiting.extend(&draft.node(id).children);
    }
    Ok(())
}

fn group_unary(draft: &mut Draft, root: NodeId, operator: UnaryOperator) {
    let kind = Kind::Unary(operator);
    let grouped = for_each_list(draft, root, &kind, |draft, children| {
        let mut grouped = Vec::with_capacity(children.len());
        let mut rest = children.into_iter().rev();
        let Some(mut operand) = rest.next() else { return Ok(grouped) };
        for before in rest {
            if is_free(draft, before, &kind) {
                draft.node_mut(before).children.push(operand);
            } else {
                grouped.push(operand);
            }
            operand = before;
        }
        grouped.push(operand);
        grouped.reverse();
        Ok(grouped)
    });
    debug_assert!(grouped.is_ok(), "unary operators always find a place");
}

fn group_binary(
    draft: &mut Draft,
    root: NodeId,
    operator: BinaryOperator,
) -> Result<(), ParseError> {
    let kind = Kind::Binary(operator);
    for_each_list(draft, root, &kind, |draft, children| {
        let mut grouped: Vec<NodeId> = Vec::with_capacity(children.len());
        let mut rest = children.into_iter();
        grouped.extend(rest.next());
        while let Some(id) = rest.next() {
            if is_free(draft, id, &kind) {
                let at = draft.node(id).span.end as usize;
                let missing = || ParseProblem::Expected("an operand").at(at);
                let left = grouped.pop().ok_or_else(missing)?;
                draft.node_mut(id).children.push(left);
                let mut right = rest.next().ok_or_else(missing)?;
                while operator == BinaryOperator::Power
                    && matches!(draft.node(right).kind, Kind::Unary(_))
                {
                    draft.node_mut(id).children.push(right);
                    right = rest.next().ok_or_else(missing)?;
                }
                draft.node_mut(id).children.push(right);
            }
            grouped.push(id);
        }
        Ok(grouped)
    })
}

/// Hands modifiers down to the items and program variables before them, and marks the items below
/// aggregate functions; the modifiers then leave the lists.
pub(super) fn spread_modifiers(draft: &mut Draft, root: NodeId) -> Result<(), ParseError> {
    let mut attached = 0;
    let mut waiting = vec![root];
    while let Some(id) = waiting.pop() {
        let children = draft.node(id).children.clone();
        if matches!(draft.node(id).kind, Kind::Function(function) if function.needs_vectors()) {
            let span = draft.node(id).span;
            let mark = draft.add(Kind::Modifier(Modifier::PeriodAggregation), span)?;
            for child in &children {
                attach(draft, *child, mark, false, &mut attached)?;
            }
        }
        let is_modifier = |draft: &Draft, id| matches!(draft.node(id).kind, Kind::Modifier(_));
        let mut target = None;
        for child in &children {
            if is_modifier(draft, *child) {
                if let Some(target) = target {
                    attach(draft, target, *child, true, &mut attached)?;
                }
            } else {
                target = Some(*child);
            }
        }
        let kept: Vec<NodeId> =
            children.iter().copied().filter(|child| !is_modifier(draft, *child)).collect();
        waiting.extend(kept.iter().rev());
        draft.node_mut(id).children = kept;
    }
    Ok(())
}

fn attach(
    draft: &mut Draft,
    root: NodeId,
    modifier: NodeId,
    to_variables: bool,
    attached: &mut usize,
) -> Result<(), ParseError> {
    for id in draft.below(root) {
        let takes_it = match draft.node(id).kind {
            Kind::Item(_) => true,
            Kind::Variable(VariableSource::Program) => to_variables,
            _ => false,
        };
        if takes_it {
            *attached += 1;
            if *attached > EXPRESSION_NODES_MAX {
                return Err(ParseProblem::TooLong.at(draft.node(modifier).span.start as usize));
            }
            draft.node_mut(id).modifiers.push(modifier);
        }
    }
    Ok(())
}
